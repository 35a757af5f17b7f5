import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes, sessions } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { cancelReservation } from "@/lib/schedule/commands/cancel";
import { extendReservation } from "@/lib/schedule/commands/extend";
import { type BookingLab, refused, seedBookings } from "@/lib/schedule/testing/reservations";
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
