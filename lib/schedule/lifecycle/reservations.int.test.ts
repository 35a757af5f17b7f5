import { asc, eq, like } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, gpus, notices, reservations, slots, transfers, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { seedUser } from "@/lib/sessions/testing";
import { postTransfer } from "@/lib/wallet/post";
import { crashingDb } from "@/lib/wallet/testing/crashing-db";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { holdKey } from "../reservation-rules";
import { slotMs } from "../rules";
import { advanceAll, type BookingLab, bookingFaults, money, seedBookings } from "../testing/reservations";

let lab: BookingLab;
beforeAll(async () => {
  lab = await seedBookings(kinds.length);
});
afterAll(() => lab.close());

let base = 0;

/** Somebody with a reservation that begins at hour 0 of days of its own. */
interface Scene {
  readonly from: number;
  readonly who: CommandContext;
}

/** What is due by half past the second hour. */
const scenes = {
  "two hours to pay": 3,
  "one to pay, and its end": 1,
  "an hour for which nothing is held any more": 2,
  "an account that was disabled": 2,
  "a GPU that its host has lost": 3,
} as const;
type Kind = keyof typeof scenes;
const expected = {
  "two hours to pay": { state: "active", money: ["5.5", "7"] },
  "one to pay, and its end": { state: "completed", money: ["8.5", "8.5"] },
  "an hour for which nothing is held any more": { cancelledWhy: "no_funds", money: ["10", "10"] },
  "an account that was disabled": { cancelledWhy: "account_disabled", money: ["10", "10"] },
  "a GPU that its host has lost": { state: "active", lostHours: 2, money: ["8.5", "10"] },
} as const;
const kinds = Object.keys(scenes) as Kind[];
const seenAt = 1.5;

async function seed(kind: Kind, gpu = 0): Promise<Scene> {
  const from = base;
  const who = await seedUser(lab.db, { key: false });
  await give(lab.db, who.actor.userId, "10");
  const device = required(lab.gpus[gpu], "the GPU").id;
  const find = (absentSince: Date | null) =>
    lab.db
      .update(gpus)
      .set({ present: absentSince === null, absentSince })
      .where(eq(gpus.id, device));
  await find(null);
  // Nothing of one whose account is disabled has begun.
  const first = kind === "an account that was disabled" ? from + 2 : from;
  const { id } = await lab.book(who, from - 2, first, first + scenes[kind], gpu);
  if (kind === "a GPU that its host has lost") await find(lab.at(from - 1));
  if (kind === "an account that was disabled") {
    await lab.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, who.actor.userId));
  }
  if (kind === "an hour for which nothing is held any more") {
    const pendingKey = holdKey(id, lab.at(first));
    await inTransaction(lab.db, (tx) =>
      postTransfer(tx, {
        type: "void",
        key: `${pendingKey}:gone`,
        pendingKey,
        kind: "correction",
        reference: "test",
      }),
    );
  }
  return { from, who };
}

/** Days that no scene had before. */
function freshDays(): void {
  base += 40;
}

/** All that came of a scene, but for ids. */
async function outcome({ from, who }: Scene): Promise<unknown> {
  const { userId } = who.actor;
  const [row] = await lab.db.select().from(reservations).where(eq(reservations.userId, userId));
  const { publicId, state, cancelledWhy, paidUntil, lostHours, settledAt, activatedAt, endedAt } = required(
    row,
    "it",
  );
  const hour = (at: Date | null) => at && (at.getTime() - lab.at(from).getTime()) / slotMs;
  const had = await lab.db
    .select({ startsAt: slots.startsAt, state: slots.state })
    .from(slots)
    .where(eq(slots.userId, userId))
    .orderBy(asc(slots.startsAt));
  const moved = await lab.db
    .select({ key: transfers.key, type: transfers.type, amount: transfers.amount, kind: transfers.kind })
    .from(transfers)
    .where(like(transfers.key, `reservation:${publicId}:%`))
    .orderBy(asc(transfers.key));
  const audited = await lab.db
    .select({ action: auditLog.action })
    .from(auditLog)
    .where(eq(auditLog.resource, publicId));
  const told = await lab.db.select().from(notices).where(eq(notices.userId, userId));
  return {
    state,
    cancelledWhy,
    lostHours,
    times: [paidUntil, settledAt, activatedAt, endedAt].map(hour),
    slots: had.map(({ startsAt, state: is }) => [hour(startsAt), is]),
    transfers: moved.map(({ key, ...rest }) => {
      const [at = "", end] = key.slice(`reservation:${publicId}:`.length).split(/(?<=Z):?/);
      return { ...rest, hour: hour(new Date(at)), end };
    }),
    money: await money(lab.db, who),
    audited: audited.map(({ action }) => action).sort(),
    told: told.map(({ content }) => ({ ...content, reservationId: "", slot: "", gpu: "" })),
  };
}

describe.each(kinds)("%s", (kind) => {
  it("cut off after any of its statements, and done again, comes to what it comes to in peace", async () => {
    freshDays();
    const peace = await seed(kind);
    await lab.advance(peace.from + seenAt);
    const inPeace = await outcome(peace);
    expect(inPeace).toMatchObject(expected[kind]);
    const crashing = crashingDb(lab.url);
    let after = 0;
    let cut: boolean;
    do {
      // Nothing of the one before is due in the next one's time.
      await lab.advance(base + 30);
      freshDays();
      const scene = await seed(kind);
      after++;
      cut = await crashing.during(after, async (db) => {
        await db.$client.query(lab.setClock(scene.from + seenAt));
        await advanceAll(db);
      });
      await lab.advance(scene.from + seenAt);
      expect(await outcome(scene), `cut off after statement ${after}`).toEqual(inPeace);
    } while (cut);
    expect(after).toBeGreaterThan(10);
    await crashing.close();
    expect(await bookingFaults(lab.db)).toEqual([]);
  }, 240_000);
});

it("three workers at once come to what one comes to", async () => {
  freshDays();
  const alone = await Promise.all(kinds.map((kind, gpu) => seed(kind, gpu)));
  await lab.advance(base + seenAt);
  const byOne = await Promise.all(alone.map(outcome));
  for (let round = 0; round < 3; round++) {
    await lab.advance(base + 30);
    freshDays();
    const shared = await Promise.all(kinds.map((kind, gpu) => seed(kind, gpu)));
    await lab.during(base + seenAt, (db) => Promise.all([advanceAll(db), advanceAll(db), advanceAll(db)]));
    expect(await Promise.all(shared.map(outcome))).toEqual(byOne);
  }
  expect(await bookingFaults(lab.db)).toEqual([]);
}, 120_000);
