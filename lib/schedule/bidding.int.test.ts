import { asc, count, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, bids, notices, slots, transfers, users, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import { balanceOf } from "@/lib/wallet/queries";
import type { CommandContext } from "@/lib/workspaces/commands";
import { placeBid, placeBids, undoBid, undoBids } from "./commands/bid";
import type { SlotInput } from "./model";
import { getGrid } from "./queries/grid";
import { getHistory } from "./queries/history";
import { type Auction, auctionFaults, seedAuction, seedBidder } from "./testing/auction";

let test: TestDatabase;
let auction: Auction;
beforeAll(async () => {
  test = await createTestDatabase();
  auction = await seedAuction(test.db, 8);
});
afterAll(() => test.close());

const db = () => test.db;
let hour = 0;
/** A slot that no other test has. */
const fresh = (gpu = 0): SlotInput => auction.slot(gpu, hour++);

async function available({ actor }: CommandContext): Promise<string> {
  return textOf((await balanceOf(db(), actor.userId, "CREDIT")).available);
}

async function rowOf({ gpuId, slot }: SlotInput) {
  const history = await getHistory(db(), required(reader, "a reader").actor, { gpuId, slot });
  return history;
}
let reader: CommandContext | undefined;
beforeAll(async () => {
  reader = await seedBidder(db(), "1");
});

/** The refusal, or an error about what was done instead. */
async function refused(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => new Error("It was done."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

describe("one after the other", () => {
  it("a bid leads, holds its whole price, and gives back what the one before held", async () => {
    const [ana, bo] = [await seedBidder(db(), "10"), await seedBidder(db(), "10")];
    const slot = fresh();
    expect(await placeBid(ana, slot)).toMatchObject({
      state: "leading",
      price: 1,
      person: ana.actor.username,
    });
    expect(await placeBid(bo, slot)).toMatchObject({ price: 2 });
    expect(await placeBid(ana, slot)).toMatchObject({ price: 3 });
    expect([await available(ana), await available(bo)]).toEqual(["7", "10"]);
    const { bids: placed, leaders } = await rowOf(slot);
    expect(placed.map(({ person, price, outcome }) => [person, price, outcome])).toEqual([
      [ana.actor.username, 1, "outbid"],
      [bo.actor.username, 2, "outbid"],
      [ana.actor.username, 3, "leading"],
    ]);
    expect(leaders.map(({ price }) => price)).toEqual([1, 2, 3]);
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("nobody outbids themselves, and the refusal names GPU and hour", async () => {
    const ana = await seedBidder(db(), "10");
    const slot = fresh(3);
    await placeBid(ana, slot);
    const error = await refused(placeBid(ana, slot));
    expect(error.code).toBe("conflict");
    expect(error.message).toMatch(/^GPU 3 on gpu1, Sat \d+ \w+ \d\d:00 .+: you lead it already\.$/);
    expect(await available(ana)).toBe("9");
  });

  it("who has too little available is told how much, and nothing is held", async () => {
    const ana = await seedBidder(db(), "1.5");
    await placeBid(ana, fresh());
    const error = await refused(placeBid(ana, fresh()));
    expect(error.code).toBe("insufficient_funds");
    expect(error.message).toContain("This needs 1 credit, and 0.5 credits are available.");
    expect(await available(ana)).toBe("0.5");
  });

  it("a bid is undone while nobody led before it; then the slot is empty, and whoever comes next may undo, too", async () => {
    const [ana, bo] = [await seedBidder(db(), "10"), await seedBidder(db(), "10")];
    const slot = fresh();
    await placeBid(ana, slot);
    expect((await refused(undoBid(bo, slot))).message).toContain("you don't lead it");
    expect(await undoBid(ana, slot)).toMatchObject({ state: "empty", price: 0, person: null });
    expect(await available(ana)).toBe("10");
    expect((await refused(undoBid(ana, slot))).message).toContain("you don't lead it");
    await placeBid(bo, slot);
    await undoBid(bo, slot);
    await placeBid(ana, slot);
    await placeBid(bo, slot);
    expect((await refused(undoBid(bo, slot))).message).toContain("somebody led it before you");
    const { bids: placed, leaders } = await rowOf(slot);
    expect(placed.map(({ price, outcome }) => [price, outcome])).toEqual([
      [1, "undone"],
      [1, "undone"],
      [1, "outbid"],
      [2, "leading"],
    ]);
    expect(leaders.map(({ price }) => price)).toEqual([1, 0, 1, 0, 1, 2]);
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("a bulk bid is all or nothing, and says which slot was in the way", async () => {
    const [ana, bo] = [await seedBidder(db(), "10"), await seedBidder(db(), "3")];
    const wanted = [fresh(1), fresh(2), fresh(1), fresh(2)];
    await placeBid(bo, required(wanted[2], "the third"));
    const own = await refused(placeBids(bo, { slots: wanted }));
    expect(own.fields).toEqual({ "slots.2": expect.stringMatching(/^GPU 1 on gpu1, .*you lead it already/) });
    // 1 is held; of 2 the fourth slot's credit is the one too many, not the leading one's.
    const [first, second, third, fourth] = wanted;
    const others = [first, second, fourth].map((slot) => required(slot, "a slot"));
    const poor = await refused(placeBids(bo, { slots: others }));
    expect([poor.code, Object.keys(poor.fields ?? {})]).toEqual(["insufficient_funds", ["slots.2"]]);
    expect(poor.message).toMatch(
      /^GPU 2 on gpu1, .*: the credits end here\. 3 hours cost 3 credits, and 2 credits are available\.$/,
    );
    expect(await available(bo)).toBe("2");
    expect((await rowOf(required(first, "the first"))).bids).toEqual([]);
    const { bulkId, ...done } = await placeBids(ana, { slots: wanted });
    expect(done).toEqual({ slots: 4, amount: "5", currency: "CREDIT" });
    expect(await available(ana)).toBe("5");
    expect((await rowOf(required(third, "the third"))).price).toBe(2);
    const together = await db()
      .select()
      .from(bids)
      .where(eq(bids.bulkId, bulkId ?? ""));
    expect(together).toHaveLength(4);
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("several bids are undone together or not at all, and the slot that is in the way is named", async () => {
    const [ana, bo] = [await seedBidder(db(), "10"), await seedBidder(db(), "10")];
    const wanted = [fresh(1), fresh(2), fresh(3)];
    const [first, second, third] = wanted.map((slot) => required(slot, "a slot"));
    await placeBid(bo, required(second, "the second"));
    await placeBids(ana, { slots: wanted });
    expect(await available(ana)).toBe("6");
    const stands = await refused(undoBids(ana, { slots: wanted }));
    expect(stands.fields).toEqual({ "slots.1": expect.stringMatching(/^GPU 2 on .*somebody led it before/) });
    expect(await available(ana)).toBe("6");
    const { bulkId, ...undone } = await undoBids(ana, {
      slots: [required(third, "the third"), required(first, "the first")],
    });
    expect(undone).toEqual({ slots: 2, amount: "2", currency: "CREDIT" });
    expect(await available(ana)).toBe("8");
    const trail = await db()
      .select()
      .from(auditLog)
      .where(eq(auditLog.resource, bulkId ?? ""));
    expect(trail).toMatchObject([{ action: "slot.undo", detail: { slots: 2 } }]);
    expect((await rowOf(required(first, "the first"))).state).toBe("empty");
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("what is no hour of a week, no GPU, or not auctioned, is told apart", async () => {
    const ana = await seedBidder(db(), "10");
    const { gpuId, slot } = fresh();
    const half = new Date(Date.parse(slot) + 1_800_000).toISOString();
    expect((await refused(placeBid(ana, { gpuId, slot: half }))).code).toBe("invalid");
    const far = new Date(Date.parse(slot) + 60 * 24 * 3_600_000).toISOString();
    expect((await refused(placeBid(ana, { gpuId, slot: far }))).code).toBe("invalid");
    expect((await refused(placeBid(ana, { gpuId: "gpu_aaaaaaaaaaaaaaaa", slot }))).code).toBe("not_found");
    // The week that runs is past its bidding.
    const now = new Date(auction.week.startsAt.getTime() - 3_600_000).toISOString();
    expect((await refused(placeBid(ana, { gpuId, slot: now }))).message).toContain(
      "bidding on it has closed",
    );
  });

  it("being outbid is one unread notice, which counts, however many slots it was", async () => {
    const [ana, bo] = [await seedBidder(db(), "20"), await seedBidder(db(), "40")];
    const wanted = [fresh(4), fresh(5), fresh(4)];
    await placeBids(ana, { slots: wanted });
    await placeBids(bo, { slots: wanted });
    await placeBid(ana, required(wanted[0], "a slot"));
    await placeBid(bo, required(wanted[0], "a slot"));
    const told = await db().select().from(notices).where(eq(notices.userId, ana.actor.userId));
    expect(told.map(({ content }) => content)).toMatchObject([{ kind: "slots_outbid", count: 4, price: 4 }]);
    await db().update(notices).set({ readAt: new Date() }).where(eq(notices.userId, ana.actor.userId));
    await placeBid(ana, required(wanted[1], "a slot"));
    await placeBid(bo, required(wanted[1], "a slot"));
    const later = await db()
      .select()
      .from(notices)
      .where(eq(notices.userId, ana.actor.userId))
      .orderBy(asc(notices.id));
    expect(later.map(({ content }) => content)).toMatchObject([{ count: 4 }, { count: 1 }]);
    // As if that had been another week's: nothing of it counts for this one's.
    await db()
      .update(notices)
      .set({ content: sql`json_set(content, '$.week', '2026-01-03')` })
      .where(eq(notices.userId, ana.actor.userId));
    await placeBid(ana, required(wanted[1], "a slot"));
    await placeBid(bo, required(wanted[1], "a slot"));
    const last = await db().select().from(notices).where(eq(notices.userId, ana.actor.userId));
    expect(last.map(({ content }) => content)).toMatchObject([
      { count: 4, week: "2026-01-03" },
      { count: 1, week: auction.week.key },
    ]);
  });

  it("the grid has each slot that was bid on, who leads, and where the reader was outbid", async () => {
    const [ana, bo] = [await seedBidder(db(), "20"), await seedBidder(db(), "40")];
    const slot = fresh(6);
    await placeBid(ana, slot);
    await placeBid(bo, slot);
    const grid = await getGrid(db(), ana.actor, "UTC", { week: auction.week.key });
    const place = (Date.parse(slot.slot) - auction.week.startsAt.getTime()) / 3_600_000;
    const cell = grid.cells.find(([gpu, at]) => gpu === 6 && at === place);
    expect(cell).toEqual([6, place, 2, grid.people.indexOf(bo.actor.username), "leading"]);
    expect(grid.outbid).toEqual([[6, place]]);
    expect(grid.gpus.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(grid.cells).toHaveLength((await db().select({ n: count() }).from(slots))[0]?.n ?? 0);
  });

  it("a disabled account bids no more", async () => {
    const ana = await seedBidder(db(), "20");
    await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ana.actor.userId));
    expect((await refused(placeBid(ana, fresh()))).code).toBe("forbidden");
  });
});

describe("at once", () => {
  it("64 bidders on one slot: each bid raises it by one, one leads, nothing is lost", async () => {
    const people = await Promise.all(Array.from({ length: 64 }, () => seedBidder(db(), "200")));
    const slot = fresh(7);
    const rounds = await Promise.all(
      people.map(async (who) => {
        let accepted = 0;
        for (let round = 0; round < 3; round++) {
          const error = await placeBid(who, slot).catch((thrown: unknown) => thrown);
          // Whoever comes twice in a row leads already; nothing else is in the way.
          if (error instanceof AppError) expect(error.message).toContain("you lead it already");
          else if (error instanceof Error) throw error;
          else accepted++;
        }
        return accepted;
      }),
    );
    const sum = rounds.reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThanOrEqual(64);
    const { price, bids: placed } = await rowOf(slot);
    expect([price, placed.length]).toEqual([sum, sum]);
    // In the order of their numbers they came one after the other by the clock, too.
    const times = placed.map(({ placedAt }) => placedAt);
    expect(times).toEqual([...times].sort());
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("64 bidders on a thousand slots, in bulks that overlap and in single bids and undoes: all ends well", async () => {
    const people = await Promise.all(Array.from({ length: 64 }, () => seedBidder(db(), "1000")));
    const all = Array.from({ length: 1_000 }, (_, index) =>
      auction.slot(index % 8, 40 + Math.floor(index / 8)),
    );
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const plans = people.map((who) => ({
      who,
      bulk: Array.from(new Set(Array.from({ length: 30 }, () => random(1_000)))).map((index) =>
        required(all[index], "a slot"),
      ),
      single: required(all[random(1_000)], "a slot"),
    }));
    const refusals: string[] = [];
    await Promise.all(
      plans.map(async ({ who, bulk, single }) => {
        for (const work of [
          () => placeBids(who, { slots: bulk }),
          () => placeBid(who, single),
          () => undoBid(who, single),
          () => placeBids(who, { slots: [...bulk].reverse() }),
        ]) {
          const error = await work().catch((thrown: unknown) => thrown);
          if (error instanceof AppError) refusals.push(error.message);
          else if (error instanceof Error) throw error;
        }
      }),
    );
    for (const message of refusals)
      expect(message).toMatch(/you lead it already|you don't lead it|somebody led it/);
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("opposite bulk bids all end, with each slot raised by each of them", async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => seedBidder(db(), "5000")));
    const there = Array.from({ length: 64 }, (_, index) =>
      auction.slot(index % 8, 30 + Math.floor(index / 8)),
    );
    const back = [...there].reverse();
    await Promise.all(people.map((who, index) => placeBids(who, { slots: index % 2 === 0 ? there : back })));
    for (const slot of there) expect((await rowOf(slot)).price).toBe(8);
    expect(await auctionFaults(db())).toEqual([]);
  });

  it("one person's bids at once spend no credit twice", async () => {
    const ana = await seedBidder(db(), "5");
    const wanted = Array.from({ length: 12 }, () => fresh(2));
    const done = await Promise.allSettled(wanted.map((slot) => placeBid(ana, slot)));
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(await available(ana)).toBe("0");
    expect(await auctionFaults(db())).toEqual([]);
  });
});

describe("the close", () => {
  it("no bid is accepted at or after it by the database's clock, however many are on their way", async () => {
    const people = await Promise.all(Array.from({ length: 16 }, () => seedBidder(db(), "100")));
    const slot = auction.slot(0, 160);
    const closesAt = new Date(Date.now() + 400);
    await db().update(weeks).set({ closesAt }).where(eq(weeks.key, auction.week.key));
    await Promise.all(
      people.map(async (who) => {
        for (;;) {
          const error = await placeBid(who, slot).catch((thrown: unknown) => thrown);
          if (!(error instanceof Error)) continue;
          if (!(error instanceof AppError)) throw error;
          if (error.message.includes("bidding on it has closed")) return;
          expect(error.message).toContain("you lead it already");
        }
      }),
    );
    const placed = (await rowOf(slot)).bids;
    expect(placed.length).toBeGreaterThan(0);
    for (const { placedAt } of placed) expect(Date.parse(placedAt)).toBeLessThan(closesAt.getTime());
    await db().update(weeks).set({ closesAt: auction.week.closesAt }).where(eq(weeks.key, auction.week.key));
    expect(await auctionFaults(db())).toEqual([]);
  });
});

it("a hold's key is used once for each bid and never again", async () => {
  const keys = await db().select({ key: transfers.key }).from(transfers).where(eq(transfers.type, "pending"));
  const [placed] = await db().select({ n: count() }).from(bids);
  expect(keys).toHaveLength(placed?.n ?? -1);
});
