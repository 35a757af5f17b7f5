import { asc, eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { auditLog, bids, gpus, notices, scheduleZone, slots, users, weekBudgets, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { updateGpu } from "@/lib/fleet/gpu-state";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { createLog } from "@/lib/kernel/log";
import { textOf } from "@/lib/kernel/money";
import { hourText } from "@/lib/kernel/zoned-time";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { balanceOf } from "@/lib/wallet/queries";
import { crashingDb } from "@/lib/wallet/testing/crashing-db";
import type { CommandContext } from "@/lib/workspaces/commands";
import { scheduleRound } from "@/worker/schedule/round";
import { placeBid, placeBids, undoBid } from "./commands/bid";
import { releaseSlot, releaseSlots, takeSlot, takeSlots } from "./commands/own";
import { advanceWeek, cleanUpWeeks } from "./commands/weeks";
import { grantNewcomers } from "./lifecycle/budgets";
import { giveUpHours } from "./lifecycle/give-up";
import { turnDueWeek } from "./lifecycle/turn";
import { settleLate } from "./lifecycle/winners";
import { getOverview } from "./queries/grid";
import { heldUntil } from "./queries/holder";
import { getSummary } from "./queries/own";
import { slotMs, weekAt } from "./rules";
import {
  type Auction,
  auctionFaults,
  goOnWeeks,
  openWeekOf,
  seedAuction,
  seedBidder,
} from "./testing/auction";
import { assertZone, settleWeeks } from "./zone";

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

async function lab(gpuCount = 1): Promise<Auction> {
  const database = await createTestDatabase();
  databases.push(database);
  return seedAuction(database.db, gpuCount);
}

async function available({ db }: Auction, { actor }: CommandContext): Promise<string> {
  return textOf((await balanceOf(db, actor.userId, "CREDIT")).available);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("It was done."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error.message;
  throw error;
}

/** The bidding ends early: hours that were bid on lie ahead. */
async function closeEarly({ db }: Auction): Promise<void> {
  const admin = await seedUser(db, { role: "admin", key: false });
  await advanceWeek(admin, (await openWeekOf(db)).key);
  await turnDueWeek(db);
}

describe("releases and takes", () => {
  it("a won hour to come is given back for 0.34 credits, once, and taken by the next for one", async () => {
    const auction = await lab();
    const [ana, bo] = [await seedBidder(auction.db, "2"), await seedBidder(auction.db, "1")];
    const slot = auction.slot(0, 3);
    await placeBid(ana, slot);
    expect(await refusal(releaseSlot(ana, slot))).toContain("you don't hold it");
    expect(await refusal(takeSlot(bo, slot))).toContain("it is still bid on");
    await closeEarly(auction);
    // 1 of 1 left rolls over by half; the budget comes on top.
    expect(await available(auction, ana)).toBe("100.5");
    expect(await refusal(takeSlot(bo, slot))).toContain("somebody holds it");
    expect(await refusal(releaseSlot(bo, slot))).toContain("you don't hold it");
    expect(await releaseSlot(ana, slot)).toMatchObject({ state: "released", person: null, price: 0 });
    expect(await refusal(releaseSlot(ana, slot))).toContain("you don't hold it");
    expect(await available(auction, ana)).toBe("100.84");
    expect(await refusal(placeBid(bo, slot))).toContain("bidding on it has closed");
    expect(await takeSlot(bo, slot)).toMatchObject({ state: "sold", person: bo.actor.username, price: 1 });
    expect(await available(auction, bo)).toBe("99.5");
    expect(await auctionFaults(auction.db)).toEqual([]);
  });

  it("several are given back together or not at all", async () => {
    const auction = await lab();
    const ana = await seedBidder(auction.db, "10");
    const mine = [auction.slot(0, 1), auction.slot(0, 2), auction.slot(0, 4)];
    await placeBids(ana, { slots: mine });
    await closeEarly(auction);
    const before = await available(auction, ana);
    expect(await refusal(releaseSlots(ana, { slots: [...mine, auction.slot(0, 5)] }))).toMatch(
      /^GPU 0 on gpu1, .*you don't hold it/,
    );
    expect(await available(auction, ana)).toBe(before);
    const { bulkId, ...released } = await releaseSlots(ana, { slots: [...mine].reverse() });
    expect(released).toMatchObject({ slots: 3, amount: "1.02" });
    const at = (hour: number) => auction.slot(0, hour).slot.replace(":00.000Z", "Z");
    const hours = { [auction.gpus[0] ?? ""]: [`${at(1)}/${at(3)}`, `${at(4)}/${at(5)}`] };
    const written = await auction.db.select().from(auditLog).where(eq(auditLog.action, "slot.release"));
    expect(written).toMatchObject([{ resource: bulkId, detail: { slots: 3, hours } }]);
    expect(await auctionFaults(auction.db)).toEqual([]);
  });

  it("several are taken together or not at all, whoever else wants some of them at the same time", async () => {
    const auction = await lab(2);
    const { db } = auction;
    const [ana, bo] = [await seedBidder(db, "2"), await seedBidder(db, "2")];
    const theirs = auction.slot(1, 4);
    await closeEarly(auction);
    await takeSlot(bo, theirs);
    const wanted = [auction.slot(0, 3), theirs, auction.slot(0, 4)];
    expect(await refusal(takeSlots(ana, { slots: wanted }))).toMatch(/^GPU 1 on gpu1, .*somebody holds it/);
    expect(await available(auction, ana)).toBe("101");
    const poor = Array.from({ length: 102 }, (_, hour) => auction.slot(0, 10 + hour));
    expect(await refusal(takeSlots(ana, { slots: poor }))).toMatch(
      /^GPU 0 on gpu1, .*102 hours cost 102 credits, and 101 credits are available/,
    );
    // In opposite orders, and so that each stands in the way of the other.
    const both = [auction.slot(0, 6), auction.slot(1, 6), auction.slot(0, 7)];
    const done = await Promise.allSettled([
      takeSlots(ana, { slots: both }),
      takeSlots(bo, { slots: [...both].reverse() }),
    ]);
    expect(done.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const won = done.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(won).toMatchObject([{ slots: 3, amount: "3", currency: "CREDIT" }]);
    const left = [await available(auction, ana), await available(auction, bo)];
    expect(left).toEqual(done[0]?.status === "fulfilled" ? ["98", "100"] : ["101", "97"]);
    expect(await auctionFaults(db)).toEqual([]);
  });

  it("of 32 who take one unsold hour at once one has it, and pays", async () => {
    const auction = await lab();
    const people = await Promise.all(Array.from({ length: 32 }, () => seedBidder(auction.db, "5")));
    await closeEarly(auction);
    const done = await Promise.allSettled(people.map((who) => takeSlot(who, auction.slot(0, 9))));
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const left = await Promise.all(people.map((who) => available(auction, who)));
    expect(left.filter((credits) => credits === "101.5")).toHaveLength(1);
    expect(left.filter((credits) => credits === "102.5")).toHaveLength(31);
    expect(await auctionFaults(auction.db)).toEqual([]);
  });

  it("the running hour is taken and not released, a past one neither; hours without a gap are one stretch", async () => {
    const auction = await lab();
    const { db, week } = auction;
    const ana = await seedBidder(db, "20");
    await goOnWeeks(db, 1);
    await turnDueWeek(db);
    // Hours begin ten minutes before now: nothing is taken in the last minute of one.
    const early = week.startsAt.getTime() - 7 * 24 * slotMs;
    const start = early + ((Date.now() - early - 10 * 60_000) % slotMs);
    const moved = (at: Date) => new Date(at.getTime() + start - early);
    for (const { key, startsAt, endsAt, closesAt } of await db.select().from(weeks)) {
      const times = { startsAt: moved(startsAt), endsAt: moved(endsAt), closesAt: moved(closesAt) };
      await db.update(weeks).set(times).where(eq(weeks.key, key));
    }
    const now = Math.floor((Date.now() - start) / slotMs);
    const hour = (index: number) => ({
      gpuId: required(auction.gpus[0], "a GPU"),
      slot: new Date(start + index * slotMs).toISOString(),
    });
    expect(await refusal(takeSlot(ana, hour(now - 1)))).toContain("it is over");
    await db.update(gpus).set({ state: "draining" });
    expect(await refusal(takeSlot(ana, hour(now)))).toContain("its GPU is out of service");
    await db.update(gpus).set({ state: "available" });
    await takeSlot(ana, hour(now));
    expect(await refusal(releaseSlot(ana, hour(now)))).toContain("it has begun");
    for (const index of [now + 1, now + 3]) await takeSlot(ana, hour(index));
    const [gpu] = await db.select().from(gpus);
    const until = await heldUntil(db, required(gpu, "the GPU").id, ana.actor.userId, new Date());
    expect(until?.toISOString()).toBe(hour(now + 2).slot);
    const summary = await getSummary(db, ana.actor);
    expect(summary.hours).toEqual({ count: 3, next: hour(now) });
  });
});

describe("a disabled account", () => {
  it("leads nothing any more and gives its hours to come back; others bid from the beginning, and take them", async () => {
    const auction = await lab();
    const { db } = auction;
    const [ana, bo] = [await seedBidder(db, "10"), await seedBidder(db, "10")];
    const won = auction.slot(0, 5);
    await placeBid(ana, won);
    await closeEarly(auction);
    const { startsAt } = await openWeekOf(db);
    const next = (hour: number) => ({
      gpuId: won.gpuId,
      slot: new Date(startsAt.getTime() + hour * slotMs).toISOString(),
    });
    const round = scheduleRound({ db, log: createLog("test", "silent") });
    await placeBid(bo, next(1));
    await placeBids(ana, { slots: [next(1), next(2)] });
    await round();
    expect(await auction.db.select().from(slots)).toHaveLength(3);
    const disable = (at: Date | null) =>
      db.update(users).set({ disabledAt: at }).where(eq(users.id, ana.actor.userId));
    const rest = (at: string) =>
      db.$client.query(`update accounts set frozen_at = ${at} where user_id = ?`, [ana.actor.userId]);
    await disable(new Date());
    await rest("utc_timestamp(3)");
    await round();
    const whose = () => db.select().from(slots).orderBy(asc(slots.startsAt));
    expect((await whose()).map(({ state }) => state)).toEqual(["sold", "leading", "leading"]);
    await rest("null");
    await Promise.all([round(), round(), round()]);
    expect(await whose()).toMatchObject([
      { state: "released", userId: null, hold: null },
      { state: "empty", userId: null, price: 0, hold: null },
      { state: "empty", userId: null, price: 0, hold: null },
    ]);
    // What was held for two bids, and an hour's refund: nothing else moved.
    expect(await available(auction, ana)).toBe("104.84");
    const written = await db.select().from(auditLog).where(eq(auditLog.action, "slot.give_up"));
    const at = (hour: number) => next(hour).slot.replace(":00.000Z", "Z");
    expect(written).toMatchObject([
      {
        resource: ana.actor.publicId,
        detail: { led: { [won.gpuId]: [`${at(1)}/${at(3)}`] }, refund: "0.34" },
      },
    ]);
    const told = await db.select().from(notices).where(eq(notices.userId, ana.actor.userId));
    expect(told.map(({ content }) => content)).toContainEqual({
      kind: "hours_given_up",
      led: 2,
      held: 1,
      refund: "0.34",
    });
    expect(await placeBid(bo, next(1))).toMatchObject({ price: 1, person: bo.actor.username });
    await takeSlot(bo, won);
    expect(await auctionFaults(db)).toEqual([]);
    // Who is enabled again has what they have from then on.
    await disable(null);
    await placeBid(ana, next(2));
    expect(await giveUpHours(db, ana.actor.userId)).toBe(0);
    await round();
    expect((await whose()).map(({ state }) => state)).toEqual(["sold", "leading", "leading"]);
    expect(await auctionFaults(db)).toEqual([]);
  });
});

describe("administrators", () => {
  it("closing a week's bidding twice closes that week alone, and is written down once", async () => {
    const auction = await lab();
    const { db } = auction;
    const admin = await seedUser(db, { role: "admin", key: false });
    const key = auction.week.key;
    const first = await advanceWeek(admin, key);
    expect(Date.parse(first.closesAt)).toBeLessThan(auction.week.startsAt.getTime());
    expect(await advanceWeek(admin, key)).toEqual(first);
    await turnDueWeek(db);
    expect(await refusal(advanceWeek(admin, key))).toContain(`the week of ${key} closed at `);
    expect(await turnDueWeek(db)).toBeNull();
    expect(await db.select().from(auditLog).where(eq(auditLog.action, "week.advance"))).toHaveLength(1);
    // The week that runs is final before its end, and people still take and release its hours.
    const { now, weeks: shown } = await getOverview(db, admin.actor, testZone);
    expect(shown.map(({ status }) => status)).toEqual(["final", "executing", "open"]);
    expect(shown[0]?.startsAt.localeCompare(now)).toBe(-1);
    expect(shown[0]?.endsAt.localeCompare(now)).toBe(1);
    expect(await refusal(advanceWeek(await seedUser(db), key))).toContain("admin role");
  });

  it("cleaning up leaves the newest weeks that are over, and what is to come", async () => {
    const auction = await lab();
    const { db } = auction;
    const ana = await seedBidder(db, "10");
    const admin = await seedUser(db, { role: "admin", key: false });
    await placeBid(ana, auction.slot(0, 0));
    await goOnWeeks(db, 3);
    while ((await turnDueWeek(db)) !== null);
    const before = await db.select().from(weeks).orderBy(asc(weeks.key));
    expect(before).toHaveLength(5);
    expect(await cleanUpWeeks(admin, 3)).toEqual({ weeks: 0, slots: 0, bids: 0 });
    expect(await cleanUpWeeks(admin, 1)).toEqual({ weeks: 2, slots: 1, bids: 1 });
    const written = await db.select().from(auditLog).where(eq(auditLog.action, "week.cleanup"));
    const gone = before.slice(0, 2).map(({ key }) => ({ resource: key, detail: { keep: 1 } }));
    expect(written).toMatchObject(gone);
    expect(await db.select().from(weeks)).toHaveLength(3);
    expect([await db.select().from(slots), await db.select().from(bids)]).toEqual([[], []]);
    await grantNewcomers(db);
    const granted = await db.select().from(weekBudgets).where(eq(weekBudgets.userId, ana.actor.userId));
    expect(granted.length).toBeGreaterThan(0);
    expect(await auctionFaults(db)).toEqual([]);
  });

  it("cleaning up that is cut off anywhere has written down every week that it has taken something of", async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const { db } = database;
    const auction = await seedAuction(db, 1);
    const [ana, admin] = [await seedBidder(db, "10"), await seedUser(db, { role: "admin", key: false })];
    await placeBids(ana, { slots: [auction.slot(0, 0), auction.slot(0, 3)] });
    await goOnWeeks(db, 3);
    while ((await turnDueWeek(db)) !== null);
    const left = async () => {
      const kept = await db.select({ key: slots.week }).from(slots);
      const all = await db.select({ key: weeks.key }).from(weeks);
      return new Map(all.map(({ key }) => [key, kept.filter((slot) => slot.key === key).length]));
    };
    const full = await left();
    const crashing = crashingDb(database.url);
    // Each goes on from what the one before has left.
    for (let [after, cut] = [1, true]; cut; after++) {
      cut = await crashing.during(after, (cutOff) => cleanUpWeeks({ ...admin, db: cutOff }, 1));
      const now = await left();
      const touched = [...full].filter(([key, count]) => now.get(key) !== count).map(([key]) => key);
      const written = await db.select().from(auditLog).where(eq(auditLog.action, "week.cleanup"));
      const names = written.map(({ resource }) => resource);
      expect(names, `cut off after statement ${after}`).toEqual(expect.arrayContaining(touched));
    }
    expect((await left()).size).toBe(full.size - 2);
    await crashing.close();
  });

  it("cleaning up leaves weeks in which something is still held, until it is paid", async () => {
    const auction = await lab();
    const { db } = auction;
    const [ana, admin] = [await seedBidder(db, "10"), await seedUser(db, { role: "admin", key: false })];
    await placeBid(ana, auction.slot(0, 0));
    const frozen = (at: string) =>
      db.$client.query(`update accounts set frozen_at = ${at} where user_id = ?`, [ana.actor.userId]);
    await frozen("utc_timestamp(3)");
    await goOnWeeks(db, 3);
    while ((await turnDueWeek(db)) !== null);
    expect(await cleanUpWeeks(admin, 1)).toEqual({ weeks: 1, slots: 0, bids: 0 });
    await frozen("null");
    await settleLate(db);
    expect(await auctionFaults(db)).toEqual([]);
    expect(await cleanUpWeeks(admin, 1)).toEqual({ weeks: 1, slots: 1, bids: 1 });
    expect(await auctionFaults(db)).toEqual([]);
  });

  it("a GPU's mode can't change under hours that somebody leads, and does once they are undone", async () => {
    const auction = await lab();
    const { db } = auction;
    const admin = await seedUser(db, { role: "admin", key: false });
    const ana = await seedBidder(db, "10");
    const slot = auction.slot(0, 7);
    const id = slot.gpuId;
    await placeBid(ana, slot);
    const named = `sold or bid on: ${hourText(new Date(slot.slot), admin.settings.zone)} (${ana.actor.username})`;
    expect(await refusal(updateGpu(admin, admin.actor, { id, mode: "on-demand" }))).toContain(named);
    // Out of service it may go: what is sold stays sold.
    await updateGpu(admin, admin.actor, { id, state: "draining", reason: "new fans" });
    await undoBid(ana, slot);
    const rate = { amount: "1.5", currency: "USD" } as const;
    await updateGpu(admin, admin.actor, { id, mode: "reservation", rate });
    expect(await db.select().from(gpus)).toMatchObject([{ mode: "reservation", rate: 1_500_000n }]);
    expect(await refusal(placeBid(ana, slot))).toContain("its GPU is not auctioned");
  });

  it("a change of mode and a bid at once never both happen", async () => {
    const auction = await lab();
    const { db } = auction;
    const admin = await seedUser(db, { role: "admin", key: false });
    const ana = await seedBidder(db, "10");
    const id = required(auction.gpus[0], "a GPU");
    for (let hour = 0; hour < 10; hour++) {
      await db.update(gpus).set({ mode: "auction" });
      const [bid, mode] = await Promise.allSettled([
        placeBid(ana, auction.slot(0, hour)),
        updateGpu(admin, admin.actor, { id, mode: "on-demand" }),
      ]);
      expect([bid.status, mode.status].sort()).toEqual(["fulfilled", "rejected"]);
      if (bid.status === "fulfilled") {
        await db.update(slots).set({ state: "empty", userId: null, price: 0, hold: null });
      }
    }
  });
});

describe("the zone", () => {
  const other = testZone === "Pacific/Kiritimati" ? "Pacific/Pago_Pago" : "Pacific/Kiritimati";

  it("moves the weeks as long as nobody has bid, and is frozen from the first bid on", async () => {
    const auction = await lab();
    const { db } = auction;
    await settleWeeks(db, other);
    for (const { key, startsAt } of await db.select().from(weeks).orderBy(asc(weeks.key)))
      expect(startsAt).toEqual(weekAt(key, other).start);
    await settleWeeks(db, testZone);
    await placeBid(await seedBidder(db, "1"), auction.slot(0, 0));
    expect(await refusal(settleWeeks(db, other))).toContain(
      `weeks of ${testZone}, and MEDFORGE_ZONE says ${other}`,
    );
    expect(await refusal(assertZone(db, other))).toContain(`Set it back to ${testZone}`);
    await assertZone(db, testZone);
    expect(await db.select().from(scheduleZone)).toMatchObject([{ zone: testZone }]);
  });

  it("weeks are laid out once, by however many workers", async () => {
    const database = await createTestDatabase();
    databases.push(database);
    await Promise.all(Array.from({ length: 8 }, () => settleWeeks(database.db, testZone)));
    const all = await database.db.select().from(weeks).orderBy(asc(weeks.key));
    expect(all.map(({ status }) => status)).toEqual(["executing", "open"]);
  });
});
