import { asc, eq } from "drizzle-orm";
import { afterEach, describe, expect, it, test } from "vitest";
import type { Db } from "@/db/client";
import { gpus, scheduleZone, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { micros, microsOf } from "@/lib/kernel/money";
import { hourText } from "@/lib/kernel/zoned-time";
import { seedLab } from "@/lib/sessions/testing";
import { balanceOf } from "@/lib/wallet/queries";
import { placeBid, placeBids } from "./commands/bid";
import { turnDueWeek } from "./lifecycle/turn";
import { getGrid } from "./queries/grid";
import { slotAt, slotCount, slotMs, slotsOf, type Week, weekAt, weekOf } from "./rules";
import { awayFromTurnMs } from "./testing";
import { auctionFaults, seedBidder } from "./testing/auction";

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

/** A lab of one auctioned GPU that counts in a zone, and has come as far as the week before `open`. */
async function labIn(zone: string, open: Week): Promise<{ db: Db; gpuId: string }> {
  const database = await createTestDatabase();
  databases.push(database);
  const { db } = database;
  await seedLab(db, { gpus: 1 });
  await db.update(gpus).set({ mode: "auction" });
  await db.insert(scheduleZone).values({ id: 1, zone, settledAt: new Date() });
  const running = weekOf(new Date(open.start.getTime() - 1), zone);
  const row = ({ key, start, end }: Week) => ({ key, startsAt: start, endsAt: end, closesAt: start });
  await db.insert(weeks).values({ ...row(running), status: "executing", turnedAt: running.start });
  await db.insert(weeks).values({ ...row(open), status: "open" });
  const [gpu] = await db.select({ id: gpus.publicId }).from(gpus);
  return { db, gpuId: required(gpu, "the GPU").id };
}

/** The first week after the next one that fits. */
function weekAhead(zone: string, fits: (week: Week) => boolean): Week {
  let week = weekOf(new Date(Date.now() + 8 * 24 * slotMs), zone);
  while (!fits(week)) week = weekOf(week.end, zone);
  return week;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => "done",
    (error: unknown) => error,
  );
  if (thrown instanceof Error && !(thrown instanceof AppError)) throw thrown;
  return thrown instanceof AppError ? thrown.code : "done";
}

const hasHours = (hours: number) => (week: Week) => slotCount(week) === hours;
const overNewYear = ({ start, end }: Week) => start.getUTCFullYear() < end.getUTCFullYear();

describe.each([
  ["America/New_York", "when clocks go forward", hasHours(167), 23],
  ["America/New_York", "when clocks go back", hasHours(169), 25],
  ["Europe/Berlin", "when clocks go forward", hasHours(167), 23],
  ["Asia/Kolkata", "half an hour off, over New Year", overNewYear, 24],
  // Half an hour off, and its clocks change.
  ["Australia/Adelaide", "when clocks go back", hasHours(169), 25],
] as const)("a week of %s %s", (zone, _when, fits, oddDay) => {
  const week = weekAhead(zone, fits);

  it("has every hour to bid on once, at its place in the grid, and no other", async () => {
    const { db, gpuId } = await labIn(zone, week);
    const who = await seedBidder(db, "200");
    const context = { ...who, settings: { ...who.settings, zone } };
    const hours = slotsOf(week);
    const slots = hours.map((slot) => ({ gpuId, slot: slot.toISOString() }));
    expect(await placeBids(context, { slots })).toMatchObject({ slots: hours.length });
    for (const off of [week.end, slotAt(week, 3.5)])
      expect(await codeOf(placeBid(context, { gpuId, slot: off.toISOString() }))).toBe("invalid");
    const grid = await getGrid(db, who.actor, zone, { week: week.key });
    expect(grid.hours).toEqual({ first: week.start.toISOString(), count: hours.length });
    expect(grid.cells.map(([, hour]) => hour)).toEqual(hours.map((_, index) => index));
    expect(new Set(hours.map((slot) => hourText(slot, zone))).size).toBe(hours.length);

    const days = Array.from({ length: 7 }, (_, day) =>
      new Date(Date.parse(`${week.key}T00:00:00Z`) + day * 24 * slotMs).toISOString().slice(0, 10),
    );
    const counts: number[] = [];
    let end = week.start.toISOString();
    for (const day of days) {
      const { hours: shown, cells } = await getGrid(db, who.actor, zone, { week: week.key, day });
      // Each day begins where the one before ends, and its hours count from its own first.
      expect(shown.first).toBe(end);
      expect(cells.map(([, hour]) => hour)).toEqual(Array.from({ length: shown.count }, (_, hour) => hour));
      end = new Date(Date.parse(shown.first) + shown.count * slotMs).toISOString();
      counts.push(shown.count);
    }
    expect(end).toBe(week.end.toISOString());
    expect(counts.filter((count) => count === oddDay).length).toBe(oddDay === 24 ? 7 : 1);
    expect(await auctionFaults(db)).toEqual([]);
  });
});

test("60 missed weeks, over both changes of the clocks and the year's end, are turned in sequence without a gap", async () => {
  // Both change their clocks; one of them turns its week hours from now.
  const zone = required(
    ["America/New_York", "Australia/Sydney"].find((each) => awayFromTurnMs(new Date(), each) > slotMs),
    "a zone",
  );
  const missed = 60;
  const now = weekOf(new Date(), zone);
  const saturday = new Date(Date.parse(`${now.key}T00:00:00Z`) - missed * 7 * 24 * slotMs);
  const first = weekAt(saturday.toISOString().slice(0, 10), zone);
  const { db } = await labIn(zone, first);
  const ana = await seedBidder(db, "10");
  let turns = 0;
  while ((await turnDueWeek(db)) !== null) turns++;
  expect(turns).toBe(missed + 1);
  const all = await db.select().from(weeks).orderBy(asc(weeks.key));
  expect(all).toHaveLength(missed + 3);
  for (const [index, { key, startsAt, endsAt, closesAt }] of all.entries()) {
    const { start, end } = weekAt(key, zone);
    expect([startsAt, endsAt, closesAt]).toEqual([start, end, start]);
    expect(startsAt).toEqual(all[index - 1]?.endsAt ?? start);
  }
  const lengths = new Set(all.map(({ startsAt, endsAt }) => slotCount({ start: startsAt, end: endsAt })));
  expect([...lengths].sort()).toEqual([167, 168, 169]);
  const [running] = await db.select().from(weeks).where(eq(weeks.status, "executing"));
  expect(running?.key).toBe(now.key);
  // Each turn halves what is left, rounded down to a millionth, and adds the budget.
  let expected = microsOf("10");
  for (let turn = 0; turn < turns; turn++) expected = micros(expected / 2n + microsOf("100"));
  expect((await balanceOf(db, ana.actor.userId, "CREDIT")).available).toBe(expected);
  expect(await auctionFaults(db)).toEqual([]);
});
