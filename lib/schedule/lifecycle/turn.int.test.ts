import { asc, eq, isNotNull, ne } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { connectDb, type Db } from "@/db/client";
import { accounts, bids, gpus, labSettings, notices, slots, users, weekBudgets, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { textOf } from "@/lib/kernel/money";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { postTransfers } from "@/lib/wallet/post";
import { balanceOf } from "@/lib/wallet/queries";
import { crashingDb } from "@/lib/wallet/testing/crashing-db";
import type { CommandContext } from "@/lib/workspaces/commands";
import { placeBid, placeBids } from "../commands/bid";
import { advanceWeek } from "../commands/weeks";
import { lockSlots } from "../lock";
import { holderOf } from "../queries/holder";
import { listWeeks } from "../queries/weeks";
import { weekAt, weekOf } from "../rules";
import {
  type Auction,
  auctionFaults,
  goOnWeeks,
  seedAuction,
  seedBidder,
  systemCredits,
} from "../testing/auction";
import { outcome, remember } from "../testing/outcome";
import { grantNewcomers } from "./budgets";
import { turnDueWeek } from "./turn";
import { settleLate, settleWinners } from "./winners";

/** InnoDB shows its transactions as they were, as long as it is asked more often than every 100 ms. ms */
const waits = { timeout: 20_000, interval: 250 };

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

async function lab(gpus = 2): Promise<{ db: Db; url: string; auction: Auction }> {
  const database = await createTestDatabase();
  databases.push(database);
  return { db: database.db, url: database.url, auction: await seedAuction(database.db, gpus) };
}

async function available(db: Db, { actor }: CommandContext): Promise<string> {
  return textOf((await balanceOf(db, actor.userId, "CREDIT")).available);
}

async function turnAll(db: Db): Promise<string[]> {
  const turned: string[] = [];
  for (;;) {
    const week = await turnDueWeek(db);
    if (week === null) return turned;
    turned.push(week);
  }
}

const statuses = async (db: Db) =>
  (await db.select().from(weeks).orderBy(asc(weeks.key))).map(({ key, status }) => [key, status]);

test("nothing is turned before the close", async () => {
  const { db } = await lab();
  const before = await statuses(db);
  expect(await turnDueWeek(db)).toBeNull();
  expect(await statuses(db)).toEqual(before);
  expect(before.map(([, status]) => status)).toEqual(["executing", "open"]);
});

test("who changes a slot that is there keeps its week and GPU from being changed meanwhile", async () => {
  const { db, auction } = await lab();
  const [ana, bo] = [await seedBidder(db, "10"), await seedBidder(db, "10")];
  await placeBid(bo, auction.slot(0, 1));
  const had = (row: string) =>
    db.$client.query(`select * from ${row} for update nowait`).then(
      () => true,
      () => false,
    );
  const [week, gpu] = ["weeks where status = 'open'", "gpus where device_index = 0"];
  await inTransaction(db, async (tx) => {
    await lockSlots(tx, ana.actor, [auction.slot(0, 1)], false);
    expect([await had(week), await had(gpu)]).toEqual([false, false]);
  });
  expect([await had(week), await had(gpu)]).toEqual([true, true]);
});

/** How many of this database's transactions wait for a lock. */
async function waiting(db: Db): Promise<number> {
  const [rows] = await db.$client.query<RowDataPacket[]>(
    `select count(*) as n from information_schema.innodb_trx t join information_schema.processlist p
       on p.id = t.trx_mysql_thread_id where t.trx_state = 'LOCK WAIT' and p.db = database()`,
  );
  return Number(rows[0]?.n);
}

test("a bid that waits for its slot while the bidding is closed early is accepted before the close or not at all", async () => {
  const { db, auction } = await lab();
  const [ana, bo] = [await seedBidder(db, "10"), await seedBidder(db, "10")];
  const admin = await seedUser(db, { role: "admin", key: false });
  const slot = auction.slot(0, 1);
  await placeBid(ana, slot);
  const holder = await db.$client.getConnection();
  await holder.query("begin");
  await holder.query("select * from slots for update");
  const bid = placeBid(bo, slot);
  await vi.waitUntil(async () => (await waiting(db)) === 1, waits);
  let closed = false;
  const close = advanceWeek(admin, auction.week.key).then((week) => {
    closed = true;
    return week;
  });
  await vi.waitUntil(async () => closed || (await waiting(db)) === 2, waits);
  await holder.query("rollback");
  holder.release();
  const { closesAt } = await close;
  await bid.catch(() => undefined);
  for (const { placedAt } of await db.select().from(bids))
    expect(placedAt.getTime()).toBeLessThanOrEqual(Date.parse(closesAt));
  await turnAll(db);
  expect(await auctionFaults(db)).toEqual([]);
});

test("who asks whether a week is due waits for no bid that is being written, and so keeps none waiting", async () => {
  const { db } = await lab();
  const bulk = await db.$client.getConnection();
  await bulk.query("begin");
  await bulk.query("select * from weeks lock in share mode");
  expect(await turnDueWeek(db)).toBeNull();
  await bulk.query("rollback");
  bulk.release();
});

test("what a turn has sold before the clock was set back is not bid on again", async () => {
  const { db, auction } = await lab();
  const [ana, bo] = [await seedBidder(db, "10"), await seedBidder(db, "10")];
  const slot = auction.slot(0, 5);
  await placeBid(ana, slot);
  const { key, closesAt } = auction.week;
  const early = new Date(Date.now() - 1_000);
  await db.update(weeks).set({ closesAt: early }).where(eq(weeks.key, key));
  await settleWinners(db, { key, closesAt: early });
  // As if it were before the close again, and the turn had been cut off.
  await db.update(weeks).set({ closesAt }).where(eq(weeks.key, key));
  await expect(placeBid(bo, slot)).rejects.toThrow("bidding on it has closed");
  expect(await db.select().from(slots)).toMatchObject([
    { state: "sold", userId: ana.actor.userId, price: 1 },
  ]);
  expect(await auctionFaults(db)).toEqual([]);
});

test("who led has the slot, paid for; half of the rest stays, the other half lapses, and everybody is refilled", async () => {
  const { db, auction } = await lab();
  const [ana, bo, cy] = [
    await seedBidder(db, "101"),
    await seedBidder(db, "7.000001"),
    await seedBidder(db, "40"),
  ];
  await db.update(users).set({ weeklyBudget: "12.5" }).where(eq(users.id, bo.actor.userId));
  await db.update(users).set({ weeklyBudget: "0" }).where(eq(users.id, cy.actor.userId));
  const slot = auction.slot(0, 5);
  await placeBid(bo, slot);
  await placeBid(ana, slot);
  await goOnWeeks(db, 1);
  expect(await turnAll(db)).toEqual([weekOf(new Date(), testZone).key]);
  const [won] = await db.select().from(slots);
  expect(won).toMatchObject({ state: "sold", userId: ana.actor.userId, price: 2, hold: null });
  expect((await db.select().from(bids).orderBy(asc(bids.n))).map(({ outcome }) => outcome)).toEqual([
    "outbid",
    "won",
  ]);
  // (101 − 2) / 2 + 100, 7.000001 / 2 rounded down + 12.5, 40 / 2 + 0.
  expect(await Promise.all([ana, bo, cy].map((who) => available(db, who)))).toEqual(["149.5", "16", "20"]);
  expect(await systemCredits(db, "revenue")).toBe("2");
  expect(await systemCredits(db, "expired")).toBe("73.000001");
  const given = await db.select().from(weekBudgets).where(eq(weekBudgets.userId, bo.actor.userId));
  expect(given).toMatchObject([{ rolledOver: 3_500_000n, lapsed: 3_500_001n, refilled: 12_500_000n }]);
  const toldTo = async ({ actor }: CommandContext) => {
    const told = await db.select().from(notices).where(eq(notices.userId, actor.userId)).orderBy(notices.id);
    return told.map(({ content }) => content);
  };
  const week = weekOf(new Date(), testZone).key;
  const { closesAt } = (await db.select().from(weeks).where(eq(weeks.key, week)))[0] ?? {};
  const turned = { kind: "week_turned", week, closedAt: closesAt?.toISOString() };
  expect(await toldTo(ana)).toEqual([{ ...turned, hours: 1, paid: 2, lapsed: "49.5", refilled: "100" }]);
  expect(await toldTo(bo)).toMatchObject([
    { kind: "slots_outbid", week, count: 1, closed: true },
    { ...turned, hours: 0, paid: 0, lapsed: "3.500001", refilled: "12.5" },
  ]);
  expect(await auctionFaults(db)).toEqual([]);
  const all = await statuses(db);
  expect(all.map(([, status]) => status)).toEqual(["final", "executing", "open"]);
});

test("three missed weeks are turned one after the other, each once, and the next is bid on", async () => {
  const { db, auction } = await lab();
  const ana = await seedBidder(db, "100");
  await placeBid(ana, auction.slot(1, 0));
  await goOnWeeks(db, 3);
  const turned = await turnAll(db);
  expect(turned).toHaveLength(3);
  expect(turned).toEqual([...turned].sort());
  expect(turned.at(-1)).toBe(weekOf(new Date(), testZone).key);
  const told = await db
    .select()
    .from(notices)
    .where(eq(notices.userId, ana.actor.userId))
    .orderBy(notices.id);
  expect(told.map(({ dedupeKey }) => dedupeKey)).toEqual([
    `week_won:${turned[0]}`,
    `week_lapsed:${turned.at(-1)}`,
  ]);
  // 99 → 149.5 → 174.75 → 187.375
  expect(await available(db, ana)).toBe("187.375");
  const all = await db.select().from(weeks).orderBy(asc(weeks.key));
  expect(all.map(({ status }) => status)).toEqual(["final", "final", "final", "executing", "open"]);
  for (const { key, startsAt, endsAt } of all) {
    const { start, end } = weekAt(key, testZone);
    expect([startsAt, endsAt]).toEqual([start, end]);
  }
  expect(await auctionFaults(db)).toEqual([]);
});

test("whoever led at the close holds the hour, before and after a turn that is late, and nobody before the close", async () => {
  const { db, auction } = await lab();
  const ana = await seedBidder(db, "100");
  const hour = Math.floor((Date.now() - (auction.week.startsAt.getTime() - 7 * 24 * 3_600_000)) / 3_600_000);
  await placeBid(ana, auction.slot(0, hour));
  const [row] = await db.select().from(slots);
  const { gpuId, startsAt } = required(row, "the slot");
  expect(await holderOf(db, gpuId, startsAt)).toBeNull();
  await goOnWeeks(db, 1);
  expect(await holderOf(db, gpuId, new Date())).toBe(ana.actor.userId);
  await turnAll(db);
  expect(await holderOf(db, gpuId, new Date())).toBe(ana.actor.userId);
  expect(await holderOf(db, gpuId + 1, new Date())).toBeNull();
});

test("bidding closes as long before the week as the lab has set, for weeks that are opened from then on", async () => {
  const { db } = await lab();
  await db.update(labSettings).set({ biddingClosesMinutes: 90 });
  const ana = await seedBidder(db, "10");
  await db.update(gpus).set({ mode: "on-demand" });
  await goOnWeeks(db, 1);
  await turnAll(db);
  const [open] = await db.select().from(weeks).where(eq(weeks.status, "open"));
  const { startsAt, closesAt } = required(open, "the open week");
  expect(startsAt.getTime() - closesAt.getTime()).toBe(90 * 60_000);
  // Where credits buy nothing, nobody need hear that some lapsed.
  expect(await available(db, ana)).toBe("105");
  expect(await db.select().from(notices)).toEqual([]);
});

test("a frozen account holds nobody up: it is settled once it is looked into", async () => {
  const { db, auction } = await lab();
  const [ana, bo] = [await seedBidder(db, "10"), await seedBidder(db, "10")];
  await placeBid(ana, auction.slot(0, 1));
  await placeBid(bo, auction.slot(0, 2));
  await db.$client.query("update accounts set frozen_at = utc_timestamp(3) where user_id = ?", [
    ana.actor.userId,
  ]);
  await goOnWeeks(db, 1);
  expect(await turnAll(db)).toHaveLength(1);
  const states = async () =>
    (await db.select().from(slots).orderBy(asc(slots.startsAt))).map(({ state }) => state);
  expect(await states()).toEqual(["leading", "sold"]);
  expect([await available(db, ana), await available(db, bo)]).toEqual(["9", "104.5"]);
  await db.$client.query("update accounts set frozen_at = null");
  // The worst order: what it led is won, and told, before it is settled.
  await grantNewcomers(db);
  await settleLate(db);
  expect(await states()).toEqual(["sold", "sold"]);
  const [told] = await db.select().from(notices).where(eq(notices.userId, ana.actor.userId));
  expect(told?.content).toMatchObject({ kind: "week_turned", hours: 1, paid: 1, lapsed: "0" });
  // Nothing lapses of what nobody could spend.
  expect(await available(db, ana)).toBe("109");
  expect(await auctionFaults(db)).toEqual([]);
});

test("a leader whose hold was ended by other means keeps nobody's week from turning, and is told of", async () => {
  const { db, auction } = await lab();
  const [ana, bo, admin] = [
    await seedBidder(db, "10"),
    await seedBidder(db, "10"),
    await seedUser(db, { role: "admin", key: false }),
  ];
  await placeBid(ana, auction.slot(0, 1));
  await placeBid(bo, auction.slot(0, 2));
  const [led] = await db.select().from(slots).where(eq(slots.userId, ana.actor.userId));
  const pendingKey = required(led?.hold, "what is held for the bid");
  const ended = { type: "void", key: "by-hand", pendingKey, kind: "bid", reference: "by-hand" } as const;
  await inTransaction(db, (tx) => postTransfers(tx, [ended]));
  await goOnWeeks(db, 1);
  expect(await turnAll(db)).toHaveLength(1);
  const after = await db.select().from(slots).orderBy(asc(slots.startsAt));
  expect(after.map(({ state }) => state)).toEqual(["leading", "sold"]);
  const frozen = await db.select().from(accounts).where(isNotNull(accounts.frozenAt));
  expect(frozen.map(({ userId }) => userId)).toEqual([ana.actor.userId]);
  expect(frozen[0]?.frozenReason).toContain(pendingKey);
  const told = await db.select().from(notices).where(eq(notices.userId, admin.actor.userId));
  expect(told.map(({ content }) => content.kind)).toEqual(["ledger_mismatch"]);
  const [, turned] = (await listWeeks(db, admin.actor, { limit: 2 })).data;
  expect(turned).toMatchObject({ slots: 2, people: 2, credits: "2" });
  // The verification would have found it before the turn did.
  expect(await auctionFaults(db)).toContainEqual(
    expect.stringMatching(/^For slot:gpu_\w+:\S+ 1 should be held, and nothing is\.$/),
  );
});

test("who comes between two turns gets their first budget once, and keeps all they have", async () => {
  const { db } = await lab();
  const ana = await seedBidder(db, "3");
  await Promise.all([grantNewcomers(db), grantNewcomers(db), grantNewcomers(db)]);
  await grantNewcomers(db);
  expect(await available(db, ana)).toBe("103");
});

describe("cut off, or done by several", () => {
  /** Two batches of winners; three people. */
  async function scene(gpus = 4) {
    const made = await lab(gpus);
    const { db, auction } = made;
    const people = [
      await seedBidder(db, "1000"),
      await seedBidder(db, "600.5"),
      await seedBidder(db, "0.000003"),
    ];
    const [ana, bo] = people as [CommandContext, CommandContext];
    const wanted = Array.from({ length: 210 }, (_, index) =>
      auction.slot(index % gpus, Math.floor(index / gpus)),
    );
    await placeBids(ana, { slots: wanted });
    await placeBids(bo, { slots: wanted.slice(0, 100) });
    await goOnWeeks(db, 1);
    return made;
  }

  it("a turn that is cut off after any of its statements comes, when it is run again, to what one in peace comes to", async () => {
    const { db, url } = await scene();
    const restore = await remember(db);
    await turnAll(db);
    const inPeace = await outcome(db);
    expect(await auctionFaults(db)).toEqual([]);
    const crashing = crashingDb(url);
    let after = 0;
    let cut: boolean;
    do {
      await restore();
      after++;
      cut = await crashing.during(after, turnAll);
      await turnAll(db);
      expect(await outcome(db), `cut off after statement ${after}`).toEqual(inPeace);
    } while (cut);
    expect(after).toBeGreaterThan(30);
    await crashing.close();
  }, 180_000);

  it("three workers that turn at once come to what one comes to", async () => {
    const { db, url } = await scene();
    const restore = await remember(db);
    await turnAll(db);
    const alone = await outcome(db);
    for (let round = 0; round < 5; round++) {
      await restore();
      const workers = Array.from({ length: 3 }, () => connectDb({ url, poolSize: 2 }));
      await Promise.all(workers.map(turnAll));
      for (const worker of workers) await worker.$client.end();
      expect(await outcome(db)).toEqual(alone);
      const current = await db.select().from(weeks).where(ne(weeks.status, "final"));
      expect(current).toHaveLength(2);
    }
  }, 60_000);
});
