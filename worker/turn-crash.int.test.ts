import { eq, lt } from "drizzle-orm";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gpus, reservations, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { microsOf } from "@/lib/kernel/money";
import { placeBids } from "@/lib/schedule/commands/bid";
import { bookHours } from "@/lib/schedule/commands/book";
import { grantNewcomers } from "@/lib/schedule/lifecycle/budgets";
import { holdKey } from "@/lib/schedule/reservation-rules";
import { slotAt, slotBegin, slotMs, type Week, weekOf } from "@/lib/schedule/rules";
import { auctionFaults, goOnWeeks, openWeekOf, seedBidder } from "@/lib/schedule/testing/auction";
import { otherRows, outcome, remember } from "@/lib/schedule/testing/outcome";
import { bookingFaults, money } from "@/lib/schedule/testing/reservations";
import { testZone } from "@/lib/sessions/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";
import type { WorkerProcess } from "./testing/worker-process";

/** GPUs whose hours are auctioned; those of one more are booked. */
const auctioned = 4;
const gpuCount = auctioned + 1;
let lab: WorkerLab;
let reserved: string;
let cy: CommandContext;
/** The week that is due to be turned, and the one that its turn opens. */
let due: string;
let next: Week;
const open: Connection[] = [];

beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: gpuCount });
  const { db } = lab;
  await until("weeks and GPUs are there", async () => {
    const found = await db.select({ id: gpus.id }).from(gpus);
    return found.length === gpuCount && (await db.select().from(weeks)).length === 2;
  });
  await lab.workers[0]?.kill();
  await db.update(gpus).set({ mode: "auction" }).where(lt(gpus.deviceIndex, auctioned));
  await db
    .update(gpus)
    .set({ mode: "reservation", rate: microsOf("1.5"), rateCurrency: "CREDIT" })
    .where(eq(gpus.deviceIndex, auctioned));
  const [ana, bo] = [await seedBidder(db, "1000"), await seedBidder(db, "600.5")];
  cy = await seedBidder(db, "200.000003");
  const ids = (await db.select({ id: gpus.publicId }).from(gpus).orderBy(gpus.deviceIndex)).map(
    ({ id }) => id,
  );
  reserved = required(ids[auctioned], "the GPU that is booked");
  const week = await openWeekOf(db);
  const slotsOf = (gpu: number, from: number, count: number) =>
    Array.from({ length: count }, (_, hour) => ({
      gpuId: required(ids[gpu], "a GPU"),
      slot: slotAt({ start: week.startsAt }, from + hour).toISOString(),
    }));
  // In the order in which a turn settles them: two batches of 200, ana's and bo's, and a last one of cy's alone.
  const early = [0, 1, 2, 3].flatMap((gpu) => slotsOf(gpu, 0, 100));
  await placeBids(ana, { slots: early });
  await placeBids(bo, { slots: early.slice(50, 250) });
  await placeBids(cy, { slots: slotsOf(3, 120, 40) });
  await goOnWeeks(db, 1);
  const moved = await openWeekOf(db);
  due = moved.key;
  next = weekOf(moved.endsAt, testZone);
}, 120_000);

afterAll(async () => {
  for (const connection of open) await connection.end();
  await lab.close();
});

/** Somebody else's transaction, whose locks a worker runs into. @returns what ends it and leaves nothing of it */
async function holding(statement: string, values: unknown[]): Promise<() => Promise<void>> {
  const connection = await mysql.createConnection({ uri: lab.database.url, timezone: "Z" });
  open.push(connection);
  // Or a row's foreign keys would lock those that it names, too.
  await connection.query("set session foreign_key_checks = 0, tx_isolation = 'READ-COMMITTED'");
  await connection.query("start transaction");
  await connection.query(statement, values);
  return () => connection.rollback();
}

/** No statement of a turn, or of a payment, takes so long that waits for nothing. ms */
const longMs = 100;

/** Connections at such a statement for so long that it waits for a lock, by the server's ids. */
async function waitingAt(statement: string): Promise<number[]> {
  const [rows] = await lab.db.$client.query<RowDataPacket[]>(
    `select id from information_schema.processlist
     where db = database() and command = 'Query' and time_ms > ? and info like ?`,
    [longMs, statement],
  );
  return rows.map(({ id }) => Number(id));
}

/** How far the turn has come, as far as it is committed. */
async function progress(): Promise<string> {
  const [[row]] = await lab.db.$client.query<RowDataPacket[]>(
    `select (select count(*) from slots where state = 'sold') as sold,
       (select count(*) from week_budgets where week = ?) as granted,
       (select status from weeks where week = ?) as status`,
    [due, due],
  );
  return `${row?.sold} sold, ${row?.granted} granted, ${row?.status}`;
}

const turned = () =>
  until("the week is turned", async () => (await lab.db.select().from(weeks)).length === 3);

/** A worker turns the week in peace. */
async function turnInPeace(): Promise<void> {
  const worker = await lab.startWorker();
  await turned();
  expect(await worker.stop()).toBe(0);
}

/** @param where the statement at which it waits, as LIKE has it @returns the connection that waits */
function comesTo(expected: string, where: string): Promise<number> {
  return until(`it waits at ${expected}`, async () => {
    const [id] = await waitingAt(where);
    return id !== undefined && (await progress()) === expected ? id : null;
  });
}

/** A new worker begins, and is killed where it waits, before anything is committed. */
async function killedBefore(where: string): Promise<void> {
  const worker = await lab.startWorker();
  const connection = await until(`it waits at ${where}`, async () => (await waitingAt(where))[0] ?? null);
  await killed(worker, connection);
}

/** The server would hear of the death once the lock is free: here it does at once, and undoes what was under way. */
async function killed(worker: WorkerProcess, connection: number): Promise<void> {
  await worker.kill();
  // One that is gone by itself meanwhile is gone as well.
  await lab.db.$client.query(`kill ${connection}`).catch(() => undefined);
  await until("what it did is undone", async () => {
    const [rows] = await lab.db.$client.query<RowDataPacket[]>(
      "select id from information_schema.processlist where id = ?",
      [connection],
    );
    return rows.length === 0;
  });
}

/** A new worker begins, and is killed where it waits. */
async function killedAt(expected: string, where: string): Promise<void> {
  const worker = await lab.startWorker();
  await killed(worker, await comesTo(expected, where));
}

const atSlots = "select `gpu_id`%from `slots`%for update";
const atAccounts = "select `id`, `posted`%for update";
const atBudgets = "insert into `week_budgets`%";
const atWeeks = "select `week`, `starts_at`%for update";

test("a worker killed in the middle of a turn, again and again: the last one comes to what one in peace comes to", async () => {
  const { db } = lab;
  const restore = await remember(db);
  await turnInPeace();
  const inPeace = [await outcome(db), await otherRows(db)];
  expect(await auctionFaults(db)).toEqual([]);
  await restore();
  const { userId } = cy.actor;

  const firstSlot = await holding("select * from slots order by gpu_id, starts_at limit 1 for update", []);
  await killedAt("0 sold, 0 granted, open", atSlots);

  // The last batch: its slots are locked, its money not yet moved.
  const account = await holding("select * from accounts where user_id = ? for update", [userId]);
  await firstSlot();
  await killedAt("400 sold, 0 granted, open", atAccounts);

  // Everybody's budget is paid, and not yet written down.
  const values = "(?, ?, 0, 0, 0, utc_timestamp(3))";
  const budget = await holding(`insert into week_budgets values ${values}`, [due, userId]);
  await account();
  await killedAt("440 sold, 0 granted, open", atBudgets);

  // All is paid, and the weeks are as they were. The lock is taken before the worker gets there.
  const worker = await lab.startWorker();
  await comesTo("440 sold, 0 granted, open", atBudgets);
  const opened = await holding(
    `insert into weeks (week, starts_at, ends_at, closes_at, status, turned_at)
     values (?, ?, ?, ?, 'final', utc_timestamp(3))`,
    [next.key, next.start, next.end, next.start],
  );
  await budget();
  await killed(worker, await comesTo("440 sold, 3 granted, open", atWeeks));
  await opened();

  await turnInPeace();
  expect([await outcome(db), await otherRows(db)]).toEqual(inPeace);
  expect(await auctionFaults(db)).toEqual([]);
}, 180_000);

test("a worker killed while it pays an hour that was booked: the next one pays it, once", async () => {
  const { db } = lab;
  const eve = await seedBidder(db, "10");
  const { userId } = eve.actor;
  // Or a worker would lock her account for her first budget.
  await grantNewcomers(db);
  const had = Number((await money(db, eve))[1]);
  const startsAt = slotBegin(new Date(), testZone);
  const endsAt = new Date(startsAt.getTime() + 3 * slotMs);
  const { id } = await bookHours(eve, {
    gpuId: reserved,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  });
  const booked = async () => {
    const [row] = await db.select().from(reservations).where(eq(reservations.publicId, id));
    return required(row, "the reservation");
  };
  const untouched = { state: "pending", paidUntil: startsAt, activatedAt: null };

  // It is said to be paid, and the money has not moved.
  const account = await holding("select * from accounts where user_id = ? for update", [userId]);
  await killedBefore(atAccounts);
  expect(await booked()).toMatchObject(untouched);

  // The account is locked, and the payment on its way into the ledger.
  const payment = await holding(
    `insert into transfers (idempotency_key, type, currency, debit_account_id, credit_account_id, amount, kind,
       reference, created_at) values (?, 'posted', 'CREDIT', 1, 9, 1, 'correction', 'test', utc_timestamp(3))`,
    [`${holdKey(id, startsAt)}:paid`],
  );
  await account();
  await killedBefore("insert into transfers%");
  await payment();
  expect(await booked()).toMatchObject(untouched);
  expect(await money(db, eve)).toEqual([String(had - 4.5), String(had)]);

  const worker = await lab.startWorker();
  await until("it is paid", async () => (await booked()).state === "active");
  expect(await worker.stop()).toBe(0);
  // More than one where the hour has turned meanwhile.
  const { paidUntil } = await booked();
  const hours = (paidUntil.getTime() - startsAt.getTime()) / slotMs;
  expect(await money(db, eve)).toEqual([String(had - 4.5), String(had - 1.5 * hours)]);
  expect(await bookingFaults(db)).toEqual([]);
}, 60_000);
