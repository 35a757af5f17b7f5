import { and, asc, eq, gt, inArray, isNull, lt, lte, min, ne, or } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, slots, users, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { GpuHoursView } from "../hours-model";
import { gpuHoursOf, horizonMs, type KnownSlot } from "../hours-rules";
import { slotMs } from "../rules";
import { slotFacts } from "../slot-rules";

/** GPUs that are there and whose hours are sold. */
function soldGpus(db: DbOrTx) {
  return db
    .select({ key: gpus.id, id: gpus.publicId, mode: gpus.mode, state: gpus.state, now: dbNow })
    .from(gpus)
    .where(and(ne(gpus.mode, "on-demand"), eq(gpus.present, true)))
    .orderBy(asc(gpus.id));
}

async function slotsAhead(db: DbOrTx, gpuIds: readonly number[]): Promise<Map<number, KnownSlot[]>> {
  const rows = await db
    .select({ slot: slots, username: users.username })
    .from(slots)
    .leftJoin(users, eq(users.id, slots.userId))
    .where(
      and(
        inArray(slots.gpuId, [...gpuIds]),
        gt(slots.startsAt, dbNowPlus(-slotMs)),
        lt(slots.startsAt, dbNowPlus(horizonMs)),
      ),
    )
    .orderBy(asc(slots.startsAt));
  const of = new Map<number, KnownSlot[]>(gpuIds.map((id) => [id, []]));
  for (const { slot, username } of rows) {
    of.get(slot.gpuId)?.push({ ...slotFacts(slot), startsAt: slot.startsAt, username });
  }
  return of;
}

/** When somebody's next hour begins that they hold, by GPU; what is still bid on is nobody's yet. */
async function nextHours(db: DbOrTx, { userId }: Actor): Promise<Map<number, Date>> {
  const rows = await db
    .select({ gpuId: slots.gpuId, startsAt: min(slots.startsAt) })
    .from(slots)
    .leftJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(
        eq(slots.userId, userId),
        gt(slots.startsAt, dbNow),
        or(isNull(weeks.key), lte(weeks.closesAt, dbNow)),
      ),
    )
    .groupBy(slots.gpuId);
  return new Map(rows.flatMap(({ gpuId, startsAt }) => (startsAt ? [[gpuId, startsAt] as const] : [])));
}

/** Of every GPU whose hours are sold: whose the present one is, and how the actor can have it or go on. */
export async function getHours(db: DbOrTx, actor: Actor): Promise<GpuHoursView[]> {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
  const sold = await soldGpus(db);
  const [first] = sold;
  if (!first) return [];
  const { now } = first;
  const keys = sold.map(({ key }) => key);
  const [ahead, mine, known] = await Promise.all([
    slotsAhead(db, keys),
    nextHours(db, actor),
    db.select().from(weeks).where(gt(weeks.endsAt, now)).orderBy(asc(weeks.startsAt)),
  ]);
  return sold.map(({ key, id, mode, state }) => {
    const hours = gpuHoursOf({ mode, state, slots: ahead.get(key) ?? [], weeks: known }, actor.userId, now);
    const isTheirs = hours.present.person === actor.username;
    return { gpuId: id, ...hours, mine: isTheirs ? null : (mine.get(key)?.toISOString() ?? null) };
  });
}
