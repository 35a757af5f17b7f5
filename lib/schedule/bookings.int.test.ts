import { afterAll, beforeAll, expect, test } from "vitest";
import { gpus } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { cancelReservation } from "./commands/cancel";
import { getBookings } from "./queries/bookings";
import { slotMs } from "./rules";
import { type BookingLab, seedBookings } from "./testing/reservations";

let lab: BookingLab;
let [ana, bo] = [] as unknown as [CommandContext, CommandContext];

beforeAll(async () => {
  lab = await seedBookings(3);
  [ana, bo] = [await seedUser(lab.db, { key: false }), await seedUser(lab.db, { key: false })];
  for (const { actor } of [ana, bo]) await give(lab.db, actor.userId, "500");
});
afterAll(() => lab.close());

const dayOf = (hours: number) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: testZone }).format(lab.at(hours));

/** Blocks as people would tell them: hours counted as the lab's, not from the first that is shown. */
async function shown({ actor }: CommandContext, now: number, from?: string) {
  const view = await getBookings(lab.dbAt(now), actor, testZone, { from, days: 3 });
  const offset = (Date.parse(view.hours.first) - lab.at(0).getTime()) / slotMs;
  const blocks = view.blocks.map(([gpu, first, count, person, id]) => ({
    gpu: required(view.gpus[gpu], "the block's GPU").index,
    from: first + offset,
    to: first + offset + count,
    person: required(view.people[person], "the block's person"),
    id,
  }));
  return { ...view, blocks };
}

test("one answer has every GPU's bookings, one's own by their ids", async () => {
  const mine = await lab.book(ana, 0, 2, 5, 0);
  await lab.book(bo, 0, 5, 6, 0);
  const across = await lab.book(bo, 0, 20, 40, 1);
  const { blocks, ...view } = await shown(ana, 0.5);
  const [a, b] = [ana.actor.username, bo.actor.username];
  expect(blocks).toEqual([
    { gpu: 0, from: 2, to: 5, person: a, id: mine.id },
    { gpu: 0, from: 5, to: 6, person: b, id: null },
    { gpu: 1, from: 20, to: 40, person: b, id: null },
  ]);
  expect(view).toMatchObject({
    now: lab.at(0.5).toISOString(),
    today: dayOf(0),
    hours: { count: 72 },
    limits: { aheadDays: 14, maxHours: 24, maxOpen: 3, open: 1 },
  });
  expect(view.gpus.map(({ index, rate }) => [index, rate?.amount])).toEqual([
    [0, "1.5"],
    [1, "1.5"],
    [2, "1.5"],
  ]);
  // From its second day on it is shown from where it began.
  const later = await shown(bo, 0.5, dayOf(39));
  expect(later.blocks.filter(({ gpu }) => gpu === 1)).toEqual([
    { gpu: 1, from: 20, to: 40, person: b, id: across.id },
  ]);
});

test("what was given back is nobody's, and a GPU that is booked no more stays as long as its hours are shown", async () => {
  const gone = await lab.book(ana, 0, 50, 53, 2);
  await cancelReservation(lab.actAt(ana, 0), gone.id);
  expect((await shown(ana, 0.5)).blocks.filter(({ gpu }) => gpu === 2)).toEqual([]);
  await lab.db.update(gpus).set({ mode: "on-demand", rate: null, rateCurrency: null });
  const { gpus: left } = await shown(ana, 0.5);
  expect(left.map(({ index, rate }) => [index, rate])).toEqual([
    [0, null],
    [1, null],
  ]);
});
