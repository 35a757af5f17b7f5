import { and, asc, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { sessions, slots, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { slotMs, weekOf } from "@/lib/schedule/rules";
import { testZone } from "../testing";

/** Moves the weeks that are laid out so that an hour begins at that instant. */
export async function moveWeeks(db: Db, began: number): Promise<void> {
  const by = began % slotMs;
  const move = (at: Date) => new Date(at.getTime() + by);
  for (const { key, startsAt, endsAt, closesAt } of await db.select().from(weeks)) {
    const moved = { startsAt: move(startsAt), endsAt: move(endsAt), closesAt: move(closesAt) };
    await db.update(weeks).set(moved).where(eq(weeks.key, key));
  }
}

/** Somebody holds hours of a GPU, counted from one of them. */
export async function holdHours(
  db: Db,
  { userId, gpuId }: { userId: number; gpuId: number },
  hours: readonly number[],
  from: Date,
): Promise<void> {
  await db.insert(slots).values(
    hours.map((later) => {
      const startsAt = new Date(from.getTime() + later * slotMs);
      const week = weekOf(startsAt, testZone).key;
      return { gpuId, startsAt, week, state: "sold", userId, price: 1, n: 1 } as const;
    }),
  );
}

/** As if so much time had gone by: hours that are held, and ends that were written of them, lie that much earlier. */
export async function goOn(db: Db, ms: number): Promise<void> {
  for (const slot of await db.select().from(slots).orderBy(asc(slots.startsAt))) {
    await db
      .update(slots)
      .set({ startsAt: new Date(slot.startsAt.getTime() - ms) })
      .where(and(eq(slots.gpuId, slot.gpuId), eq(slots.startsAt, slot.startsAt)));
  }
  for (const session of await db.select().from(sessions).where(eq(sessions.needsHeldHours, true))) {
    if (session.heldUntil === null) continue;
    await db
      .update(sessions)
      .set({ heldUntil: new Date(session.heldUntil.getTime() - ms) })
      .where(eq(sessions.id, session.id));
  }
}

/** When the first hour begins that anybody holds. */
export async function firstHour(db: Db): Promise<Date> {
  const [first] = await db.select().from(slots).orderBy(asc(slots.startsAt)).limit(1);
  return required(first, "an hour that is held").startsAt;
}

/** Makes the run of hours that began first and is `hours` long end in `ms`. */
export async function endHoursIn(db: Db, hours: number, ms: number): Promise<void> {
  const end = (await firstHour(db)).getTime() + hours * slotMs;
  await goOn(db, end - Date.now() - ms);
}
