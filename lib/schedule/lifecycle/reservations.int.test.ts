import { asc, eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectDb, type Db } from "@/db/client";
import { notices, reservations, slots, transfers, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { seedUser } from "@/lib/sessions/testing";
import { postTransfer } from "@/lib/wallet/post";
import { crashingDb } from "@/lib/wallet/testing/crashing-db";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { holdKey } from "../reservation-rules";
import { advanceAll, type BookingLab, bookingFaults, money, seedBookings } from "../testing/reservations";

let lab: BookingLab;
beforeAll(async () => {
  lab = await seedBookings(4);
});
afterAll(() => lab.close());

let base = 0;

interface Scene {
  readonly from: number;
  readonly people: readonly CommandContext[];
}

/**
 * One that has just begun, one hour of three late; one that is over; one for which an hour's money is gone; one of a disabled
 * account. The same at every call, on days of its own.
 */
async function seed(): Promise<Scene> {
  base += 40;
  const people: CommandContext[] = [];
  for (const _ of [0, 1, 2, 3]) {
    const who = await seedUser(lab.db, { key: false });
    await give(lab.db, who.actor.userId, "10");
    people.push(who);
  }
  const [late, over, poor, gone] = people as [CommandContext, CommandContext, CommandContext, CommandContext];
  await lab.book(late, base - 2, base, base + 5, 0);
  await lab.book(over, base - 2, base, base + 2, 1);
  const { id } = await lab.book(poor, base - 2, base, base + 4, 2);
  await lab.book(gone, base - 2, base + 1, base + 5, 3);
  const pendingKey = holdKey(id, lab.at(base + 1));
  await inTransaction(lab.db, (tx) =>
    postTransfer(tx, {
      type: "void",
      key: `${pendingKey}:gone`,
      pendingKey,
      kind: "correction",
      reference: "test",
    }),
  );
  await lab.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, gone.actor.userId));
  return { from: base, people };
}

/** All that came of a scene, but for ids and when it was. */
async function outcome({ from, people }: Scene): Promise<unknown> {
  const ids = people.map(({ actor }) => actor.userId);
  const rows = await lab.db
    .select()
    .from(reservations)
    .where(inArray(reservations.userId, ids))
    .orderBy(asc(reservations.id));
  const hour = (at: Date | null) => at && (at.getTime() - lab.at(from).getTime()) / 3_600_000;
  const place = (id: number | null) => (id === null ? null : ids.indexOf(id));
  const of = (publicId: string, key: string) =>
    key.replace(publicId, "").replace(/\d{4}-[^Z]*Z/, (text) => String(hour(new Date(text))));
  const moved = await lab.db.select().from(transfers).orderBy(asc(transfers.key));
  return {
    reservations: rows.map(({ userId, state, cancelledWhy, paidUntil, settledAt, activatedAt, endedAt }) => ({
      userId: place(userId),
      state,
      cancelledWhy,
      paidUntil: hour(paidUntil),
      settled: hour(settledAt),
      activated: hour(activatedAt),
      ended: hour(endedAt),
    })),
    slots: (
      await lab.db
        .select()
        .from(slots)
        .where(inArray(slots.userId, ids))
        .orderBy(asc(slots.gpuId), asc(slots.startsAt))
    ).map(({ gpuId, startsAt, userId, state }) => [gpuId, hour(startsAt), place(userId), state]),
    transfers: rows.map(({ publicId }) =>
      moved
        .filter(({ key }) => key.includes(publicId))
        .map(({ key, type, amount, kind }) => [of(publicId, key), type, amount, kind]),
    ),
    money: await Promise.all(people.map((who) => money(lab.db, who))),
    told: (
      await lab.db.select().from(notices).where(inArray(notices.userId, ids)).orderBy(asc(notices.id))
    ).map(({ userId, content }) => ({ ...content, userId: place(userId), reservationId: "", slot: "" })),
  };
}

it("cut off after any of its statements, and done again, a round comes to what one in peace comes to", async () => {
  const peace = await seed();
  await lab.advance(peace.from + 2.5);
  const inPeace = await outcome(peace);
  expect(inPeace).toMatchObject({
    reservations: [
      { state: "active", paidUntil: 3 },
      { state: "completed", paidUntil: 2 },
      { state: "cancelled", cancelledWhy: "no_funds", paidUntil: 1 },
      { state: "cancelled", cancelledWhy: "account_disabled", paidUntil: 3 },
    ],
  });
  const crashing = crashingDb(lab.url);
  let after = 0;
  let cut: boolean;
  do {
    const scene = await seed();
    after++;
    cut = await crashing.during(after, async (db) => {
      await db.$client.query(lab.setClock(scene.from + 2.5));
      await advanceAll(db);
    });
    await lab.advance(scene.from + 2.5);
    expect(await outcome(scene), `cut off after statement ${after}`).toEqual(inPeace);
    // Nothing of it is due in the next one's time.
    await lab.advance(scene.from + 30);
  } while (cut);
  expect(after).toBeGreaterThan(40);
  await crashing.close();
  expect(await bookingFaults(lab.db)).toEqual([]);
}, 240_000);

it("three workers at once come to what one comes to", async () => {
  const alone = await seed();
  await lab.advance(alone.from + 2.5);
  const byOne = await outcome(alone);
  for (let round = 0; round < 5; round++) {
    const scene = await seed();
    const workers: Db[] = Array.from({ length: 3 }, () => connectDb({ url: lab.url, poolSize: 1 }));
    await Promise.all(
      workers.map(async (worker) => {
        await worker.$client.query(lab.setClock(scene.from + 2.5));
        await advanceAll(worker);
      }),
    );
    for (const worker of workers) await worker.$client.end();
    expect(await outcome(scene)).toEqual(byOne);
  }
  expect(await bookingFaults(lab.db)).toEqual([]);
}, 60_000);
