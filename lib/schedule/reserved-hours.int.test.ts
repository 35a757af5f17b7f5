import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bids, gpus, labSettings, slots, weeks } from "@/db/schema";
import { updateGpu } from "@/lib/fleet/gpu-state";
import { required } from "@/lib/kernel/assert";
import { microsOf } from "@/lib/kernel/money";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { bookHours } from "./commands/book";
import { cancelReservation } from "./commands/cancel";
import { extendReservation } from "./commands/extend";
import { cleanUpWeeks } from "./commands/weeks";
import { getAvailableSlots, getCalendar } from "./queries/calendar";
import { getGrid } from "./queries/grid";
import { getHistory } from "./queries/history";
import { listSold } from "./queries/sold";
import { listWeeks } from "./queries/weeks";
import { slotMs } from "./rules";
import { type BookingLab, bookingFaults, refused, seedBookings } from "./testing/reservations";
import { assertZone, settleWeeks } from "./zone";

let lab: BookingLab;
let [ana, bo, admin] = [] as unknown as [CommandContext, CommandContext, CommandContext];

beforeAll(async () => {
  lab = await seedBookings(2);
  [ana, bo] = [await seedUser(lab.db, { key: false }), await seedUser(lab.db, { key: false })];
  admin = await seedUser(lab.db, { role: "admin", key: false });
  for (const { actor } of [ana, bo]) await give(lab.db, actor.userId, "500");
});
afterAll(() => lab.close());

const gpuOf = (index: number) => required(lab.gpus[index], "the GPU");
const iso = (hours: number) => lab.at(hours).toISOString();
/** By the lab's day, which begins at some hour of UTC's. */
const dayOf = (hours: number) => {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: testZone });
  return parts.format(lab.at(hours));
};

test("the calendar shows day by day whose hours are, and what may be booked", async () => {
  const mine = await lab.book(ana, 0, 2, 4);
  await lab.book(bo, 0, 5, 6);
  const { days, ...view } = await getCalendar(lab.dbAt(0.5), ana.actor, testZone, {
    id: gpuOf(0).publicId,
    days: 3,
  });
  expect(days.map(({ day }) => day)).toEqual([dayOf(0), dayOf(24), dayOf(48)]);
  expect(days.map(({ hours }) => hours.length)).toEqual([24, 24, 24]);
  const at = (hours: number) => days.flatMap((day) => day.hours).find(({ slot }) => slot === iso(hours));
  expect([0, 2, 3, 4, 5, 6].map((hour) => at(hour)?.state)).toEqual([
    "free",
    "mine",
    "mine",
    "free",
    "taken",
    "free",
  ]);
  expect(at(2)).toMatchObject({ person: ana.actor.username, reservationId: mine.id });
  expect(at(5)).toMatchObject({ person: bo.actor.username, reservationId: null });
  expect(days[0]?.hours.filter(({ slot }) => slot < iso(0)).every(({ state }) => state === "past")).toBe(
    true,
  );
  expect(view).toMatchObject({
    gpu: { id: gpuOf(0).publicId, mode: "reservation", rate: { amount: "1.5", currency: "CREDIT" } },
    now: iso(0.5),
    zone: testZone,
    limits: { aheadDays: 14, maxHours: 24, maxOpen: 3, open: 1 },
  });
  expect(dayOf((Date.parse(view.bookableUntil) - lab.at(0).getTime()) / slotMs - 1)).toBe(dayOf(14 * 24));
  const later = await getCalendar(lab.dbAt(4.5), ana.actor, testZone, {
    id: gpuOf(0).publicId,
    from: dayOf(0),
    days: 1,
  });
  const past = required(later.days[0], "the day").hours.find(({ slot }) => slot === iso(2));
  if (past) expect(past).toMatchObject({ state: "past", reservationId: mine.id });
});

test("free hours come as runs, from the one that runs on, clipped to what is asked and may be booked", async () => {
  const id = gpuOf(1).publicId;
  await lab.book(ana, 0, 3, 5, 1);
  const runs = async (now: number, from?: number, to?: number) => {
    const input = {
      id,
      ...(from === undefined ? {} : { from: iso(from) }),
      ...(to === undefined ? {} : { to: iso(to) }),
    };
    const view = await getAvailableSlots(lab.dbAt(now), bo.actor, testZone, input);
    return view.runs.map(({ startsAt, endsAt, hours }) => [
      (Date.parse(startsAt) - lab.at(0).getTime()) / slotMs,
      (Date.parse(endsAt) - lab.at(0).getTime()) / slotMs,
      hours,
    ]);
  };
  expect(await runs(1.5, undefined, 8)).toEqual([
    [1, 3, 2],
    [5, 8, 3],
  ]);
  // Of the hours at both ends only a part lies within.
  expect(await runs(1.5, 5.5, 7.5)).toEqual([[6, 7, 1]]);
  const [, last] = await runs(1.5);
  expect(required(last, "a run")[1]).toBeGreaterThan(14 * 24);
  await lab.db
    .update(gpus)
    .set({ state: "disabled", stateReason: "x" })
    .where(eq(gpus.id, gpuOf(1).id));
  expect(await runs(1.5)).toEqual([]);
  await lab.db
    .update(gpus)
    .set({ state: "available", stateReason: null })
    .where(eq(gpus.id, gpuOf(1).id));
});

test("a GPU's mode stays while hours are booked, its rate may change", async () => {
  const change = (input: Parameters<typeof updateGpu>[2]) => updateGpu(admin, admin.actor, input);
  const id = gpuOf(0).publicId;
  const { conflict, message } = await refused(change({ id, mode: "auction" }));
  expect(conflict).toBe("in_use");
  // Whoever has them can be asked.
  expect(message).toMatch(/has hours that are booked: \w{3} \d+ \w{3} \d\d:00 \S+ \(\w+[\w-]*\)/);
  await change({ id, mode: "reservation", rate: { amount: "2", currency: "USD" } });
  await change({ id, mode: "reservation", rate: { amount: "1.5", currency: "CREDIT" } });
});

test("the zone stays once hours are booked, and nobody books in another", async () => {
  const other = testZone === "Pacific/Pago_Pago" ? "Pacific/Kiritimati" : "Pacific/Pago_Pago";
  expect((await refused(assertZone(lab.db, other))).code).toBe("unavailable");
  expect((await refused(settleWeeks(lab.db, other))).code).toBe("unavailable");
  const elsewhere = { ...ana, settings: { ...ana.settings, zone: other } };
  expect((await refused(lab.book(elsewhere, 0, 10, 11))).code).toBe("unavailable");
});

test("hours that were bid on before, and given back, are booked and freed with their history", async () => {
  const startsAt = lab.at(30);
  const [week] = await lab.db.select().from(weeks).limit(1);
  const gpuId = gpuOf(0).id;
  await lab.db
    .insert(slots)
    .values({ gpuId, startsAt, week: required(week, "a week").key, state: "empty", n: 1 });
  await lab.db.insert(bids).values({
    gpuId,
    startsAt,
    n: 1,
    userId: bo.actor.userId,
    price: 1,
    placedAt: new Date(),
    outcome: "undone",
    endedAt: new Date(),
  });
  const { id } = await lab.book(ana, 20, 29, 31);
  const those = and(eq(slots.gpuId, gpuId), inArray(slots.startsAt, [lab.at(29), startsAt]));
  const states = async () =>
    (await lab.db.select().from(slots).where(those).orderBy(asc(slots.startsAt))).map(({ state, n }) => [
      state,
      n,
    ]);
  expect(await states()).toEqual([
    ["reserved", 0],
    ["reserved", 1],
  ]);
  await cancelReservation(lab.actAt(ana, 20), id);
  expect(await states()).toEqual([["released", 1]]);
  expect(await bookingFaults(lab.db)).toEqual([]);
  await lab.book(ana, 20, 30, 31);
});

test("a week's export has booked hours; its grid and its sums, which are the auction's, have none", async () => {
  const current = await lab.db.select().from(weeks).orderBy(asc(weeks.key));
  const inWeek = current.find(({ startsAt, endsAt }) => startsAt <= lab.at(3) && lab.at(4) <= endsAt);
  const week = required(inWeek, "the week of the first bookings");
  const sold = await listSold(lab.db, admin.actor, { week: week.key });
  const first = sold.find(({ slot, index }) => slot === iso(3) && index === 0);
  expect(first).toMatchObject({
    state: "reserved",
    username: ana.actor.username,
    price: "1.5",
    currency: "CREDIT",
    reservationId: expect.stringMatching(/^rsv_/),
  });
  const grid = await getGrid(lab.db, ana.actor, testZone, { week: week.key });
  expect(grid.cells).toEqual([]);
  const listed = await listWeeks(lab.db, admin.actor, { limit: 50 });
  expect(listed.data.map(({ slots: count }) => count)).toEqual(listed.data.map(() => 0));
  const history = await getHistory(lab.db, bo.actor, { gpuId: gpuOf(0).publicId, slot: iso(3) });
  expect(history).toMatchObject({ state: "reserved", person: ana.actor.username, bids: [] });
});

test("a week's export reads its own hours, and none of the many others", async () => {
  const [first] = await lab.db.select().from(weeks).orderBy(asc(weeks.key)).limit(1);
  const { key, startsAt } = required(first, "the week that runs");
  const [booked] = await lab.db.select().from(slots).where(eq(slots.state, "reserved")).limit(1);
  const old = required(booked, "a booked hour");
  const before = Array.from({ length: 2_000 }, (_, n) => new Date(startsAt.getTime() - (n + 1) * slotMs));
  await lab.db.insert(slots).values(before.map((begins) => ({ ...old, startsAt: begins })));
  // The counts are a connection's own, and this has one.
  const one = lab.dbAt(0);
  await one.execute(sql`flush status`);
  await listSold(one, admin.actor, { week: key });
  const counted = sql<number>`cast(sum(variable_value) as int)`.as("rows_read");
  const [read] = await one
    .select({ rows: counted })
    .from(sql`information_schema.session_status`)
    .where(sql`variable_name like 'handler_read%'`);
  expect(Number(read?.rows)).toBeLessThan(500);
  await lab.db.delete(slots).where(inArray(slots.startsAt, before));
});

test("who says which rate they were shown books and extends at that one alone", async () => {
  const gpuId = gpuOf(1).publicId;
  const rate = (amount: string, currency: "CREDIT" | "USD" = "CREDIT") => ({ amount, currency });
  const cy = await seedUser(lab.db, { key: false });
  await give(lab.db, cy.actor.userId, "10");
  const hers = lab.actAt(cy, 0.5);
  const hour = { gpuId, startsAt: iso(30), endsAt: iso(31) };
  for (const wrong of [rate("1"), rate("1.5", "USD")]) {
    const { code, conflict, fields } = await refused(bookHours(hers, { ...hour, rate: wrong }));
    expect([code, conflict]).toEqual(["conflict", "changed_meanwhile"]);
    expect(fields?.rate).toMatch(
      /^An hour of GPU 1 on gpu1 now costs 1\.5 credits, not 1(\.5 USD| credit)\. Nothing was booked\.$/,
    );
  }
  const { id } = await bookHours(hers, { ...hour, rate: rate("1.50") });
  await lab.db
    .update(gpus)
    .set({ rate: microsOf("9") })
    .where(eq(gpus.id, gpuOf(1).id));
  const longer = { id, endsAt: iso(33) };
  expect((await refused(extendReservation(hers, { ...longer, rate: rate("9") }))).fields?.rate).toBe(
    "An hour of this reservation costs 1.5 credits, not 9 credits: 2 hours cost 3 credits. Nothing was booked.",
  );
  expect(await extendReservation(hers, { ...longer, rate: rate("1.5") })).toMatchObject({ cost: "4.5" });
  await cancelReservation(hers, id);
});

test("a clean-up takes booked hours of a week that is over along; reservations stay", async () => {
  for (const key of ["2001-01-06", "2001-01-13"]) {
    const startsAt = new Date(`${key}T00:00:00Z`);
    const endsAt = new Date(startsAt.getTime() + 7 * 24 * slotMs);
    await lab.db
      .insert(weeks)
      .values({ key, startsAt, endsAt, closesAt: startsAt, status: "final", turnedAt: new Date() });
  }
  const before = await lab.db.select().from(slots);
  const booked = before.find(({ state }) => state === "reserved");
  const { reservationId, userId } = required(booked, "a booked hour");
  const old = { gpuId: gpuOf(0).id, state: "reserved", userId, reservationId } as const;
  await lab.db.insert(slots).values([
    { ...old, startsAt: new Date("2001-01-06T00:00:00Z") },
    { ...old, startsAt: new Date("2001-01-12T23:00:00Z") },
    { ...old, startsAt: new Date("2001-01-13T00:00:00Z") },
  ]);
  expect(await cleanUpWeeks(admin, 1)).toEqual({ weeks: 1, slots: 2, bids: 0 });
  expect(await lab.db.select().from(slots)).toHaveLength(before.length + 1);
  await lab.db.delete(slots).where(eq(slots.startsAt, new Date("2001-01-13T00:00:00Z")));
});

test("settings bound what is booked from then on, and what is booked already stays", async () => {
  await lab.db
    .update(labSettings)
    .set({ reservationMaxHours: 2, reservationAheadDays: 1, reservationMaxOpen: 10 });
  expect((await refused(lab.book(ana, 40, 50, 53, 1))).message).toBe("A reservation has 2 hours at most.");
  expect((await refused(lab.book(ana, 40, 110, 111, 1))).message).toBe("Hours can be booked 1 day ahead.");
  await lab.book(ana, 40, 50, 52, 1);
});
