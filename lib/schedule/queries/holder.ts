import { and, asc, eq, gt, gte, lte } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { slots, weeks } from "@/db/schema";
import { slotMs } from "../rules";

/**
 * Who holds a GPU's hour at an instant, by internal id; null for nobody. Whoever led it when its bidding closed holds it,
 * however late the week's turn is: the hour alone decides, no status does.
 */
export async function holderOf(db: DbOrTx, gpuId: number, at: Date): Promise<number | null> {
  const [slot] = await db
    .select({ userId: slots.userId })
    .from(slots)
    .innerJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(
        eq(slots.gpuId, gpuId),
        lte(slots.startsAt, at),
        gt(slots.startsAt, new Date(at.getTime() - slotMs)),
        // While it is bid on nobody holds it yet.
        lte(weeks.closesAt, dbNow),
      ),
    );
  return slot?.userId ?? null;
}

/** When the hours that somebody holds of a GPU without a gap end, from the one at `at` on; null when that isn't theirs. */
export async function heldUntil(db: DbOrTx, gpuId: number, userId: number, at: Date): Promise<Date | null> {
  const held = await db
    .select({ startsAt: slots.startsAt })
    .from(slots)
    .innerJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(
        eq(slots.gpuId, gpuId),
        eq(slots.userId, userId),
        gte(slots.startsAt, new Date(at.getTime() - slotMs + 1)),
        lte(weeks.closesAt, dbNow),
      ),
    )
    .orderBy(asc(slots.startsAt));
  const [first, ...later] = held.map(({ startsAt }) => startsAt.getTime());
  if (first === undefined || first > at.getTime()) return null;
  const end = later.reduce((until, next) => (next === until ? next + slotMs : until), first + slotMs);
  return new Date(end);
}
