import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes, notices, sessions } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { cancelReservation } from "@/lib/schedule/commands/cancel";
import { extendReservation } from "@/lib/schedule/commands/extend";
import { getReservation } from "@/lib/schedule/queries/reservations";
import { type BookingLab, bookingFaults, refused, seedBookings } from "@/lib/schedule/testing/reservations";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { launchSession } from "./commands/launch";
import { applyHeldHours, stopOutOfHours } from "./lifecycle/held-hours";
import { seedUser, testZone } from "./testing";

let lab: BookingLab;
let [ana, bo] = [] as unknown as [CommandContext, CommandContext];
beforeAll(async () => {
  lab = await seedBookings(1);
  [ana, bo] = [await seedUser(lab.db), await seedUser(lab.db)];
  await give(lab.db, ana.actor.userId, "20");
});
afterAll(() => lab.close());

/** The lab at a time at which its host has just answered. */
async function at(hours: number) {
  await lab.db.update(nodes).set({ lastSeenAt: lab.at(hours) });
  return lab.dbAt(hours);
}

async function launch(who: CommandContext, hours: number): Promise<string> {
  await at(hours);
  const gpuId = required(lab.gpus[0], "the GPU").publicId;
  return launchSession(lab.actAt(who, hours), "external", { gpuId });
}

async function heldUntil(slug: string): Promise<Date | null> {
  const [session] = await lab.db.select().from(sessions).where(eq(sessions.slug, slug));
  return required(session, "the session").heldUntil;
}

test("a session runs in hours that its owner has booked, and its end follows extensions and cancellations", async () => {
  const { id } = await lab.book(ana, -2, 0, 2);
  const until = absoluteText(lab.at(2), lab.at(0.5), testZone);
  expect((await refused(launch(bo, 0.5))).message).toContain(
    `GPU 0 (Test GPU (simulated)) is given out by the hour, and ${ana.actor.username} holds it until ${until}.`,
  );
  expect((await refused(launch(bo, 2.5))).message).toContain(
    "and nobody holds this one: book it under GPU time.",
  );
  const slug = await launch(ana, 0.5);
  expect(await heldUntil(slug)).toEqual(lab.at(2));
  await extendReservation(lab.actAt(ana, 0.6), { id, endsAt: lab.at(3).toISOString() });
  await applyHeldHours(await at(0.6));
  expect(await heldUntil(slug)).toEqual(lab.at(3));
  // The hour that runs stays; the next one is paid, and anybody's.
  await cancelReservation(lab.actAt(ana, 0.7), id);
  await applyHeldHours(await at(0.7));
  expect(await heldUntil(slug)).toEqual(lab.at(1));
  expect(await stopOutOfHours(await at(0.7))).toBe(0);
  expect(await stopOutOfHours(await at(0.99))).toBe(1);
});

test("on a silent host hours are charged to whose session runs on, and to nobody who could start none", async () => {
  const gone = { state: "STOPPED", endedAt: lab.at(1) } as const;
  await lab.db.update(sessions).set(gone);
  await give(lab.db, bo.actor.userId, "20");
  const [first, second] = [await lab.book(ana, 9, 20, 23), await lab.book(bo, 9, 23, 26)];
  const seen = (who: CommandContext, hours: number, { id }: typeof first) =>
    getReservation(lab.dbAt(hours), who.actor, testZone, id);
  await lab.advance(20);
  const slug = await launch(ana, 20.1);
  await lab.db.update(sessions).set({ state: "RUNNING" }).where(eq(sessions.slug, slug));
  await lab.db.update(nodes).set({ unreachableSince: lab.at(20.5) });
  await lab.advance(21.5);
  expect(await seen(ana, 21.5, first)).toMatchObject({ paid: "3", lostHours: 0 });
  await lab.db.update(sessions).set(gone);
  // It may only be restarted.
  await lab.advance(22.1);
  expect(await seen(ana, 22.1, first)).toMatchObject({ state: "active", paid: "3", refunded: "0" });
  await lab.advance(22.2);
  await lab.advance(23.1);
  const over = { state: "completed", cost: "4.5", paid: "3", refunded: "1.5", lostHours: 1 };
  expect(await seen(ana, 23.1, first)).toMatchObject(over);
  const told = await lab.db.select().from(notices).where(eq(notices.userId, ana.actor.userId));
  const lost = told.map(({ content }) => content).filter(({ kind }) => kind === "reservation_hours_lost");
  expect(lost).toEqual([
    {
      ...{ kind: "reservation_hours_lost", reservationId: first.id, gpu: "GPU 0 on gpu1" },
      ...{ slot: lab.at(22).toISOString(), hours: 1, why: "host_silent", refund: "1.5 credits" },
    },
  ]);
  // Who cancels meanwhile pays for no hour that they could not have; by the page's word, too.
  expect((await seen(bo, 23.1, second)).ifCancelled).toEqual({ refund: "4.5", due: "0" });
  const cancelled = await cancelReservation(lab.actAt(bo, 23.1), second.id);
  expect(cancelled).toMatchObject({ paid: "0", refunded: "4.5", lostHours: 0 });
  // The hour that was freed would be free for whoever books it, hour after hour; those to come can be had.
  expect(await refused(lab.book(bo, 23.2, 23, 24))).toMatchObject({
    code: "conflict",
    message: "The host of GPU 0 on gpu1 does not answer: its running hour can't be booked.",
  });
  expect(await lab.book(bo, 23.2, 24, 25)).toMatchObject({ state: "pending" });
  expect(await bookingFaults(lab.db)).toEqual([]);
});
