import { and, asc, type Column, eq, gt, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, slots, users, weeks } from "@/db/schema";
import { runEnd } from "@/lib/fleet/rules";
import { slotMs } from "../rules";

/** Of slots with their weeks: while an hour is bid on nobody holds it yet. One that was booked is its booker's. */
export const isHeld = or(eq(slots.state, "reserved"), lte(weeks.closesAt, dbNow));

/**
 * Who holds a GPU's hour at an instant, by internal id; null for nobody. Whoever led it when its bidding closed holds it,
 * however late the week's turn is: the hour alone decides, no status does.
 */
export async function holderOf(db: DbOrTx, gpuId: number, at: Date): Promise<number | null> {
  const [slot] = await db
    .select({ userId: slots.userId })
    .from(slots)
    .leftJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(
        eq(slots.gpuId, gpuId),
        lte(slots.startsAt, at),
        gt(slots.startsAt, new Date(at.getTime() - slotMs)),
        isHeld,
      ),
    );
  return slot?.userId ?? null;
}

/**
 * When the hours that somebody has of a GPU without a gap end, from the one at `at` on, which has begun; null when that
 * isn't theirs. Later ones that they lead while they are bid on count until somebody else leads them: at the week's turn
 * bidding may close as the hour begins, and what goes on then is not to be interrupted.
 */
export async function heldUntil(db: DbOrTx, gpuId: number, userId: number, at: Date): Promise<Date | null> {
  const theirs = await db
    .select({ startsAt: slots.startsAt })
    .from(slots)
    .where(
      and(
        eq(slots.gpuId, gpuId),
        eq(slots.userId, userId),
        gt(slots.startsAt, new Date(at.getTime() - slotMs)),
      ),
    )
    .orderBy(asc(slots.startsAt));
  return runEnd(
    theirs.map(({ startsAt }) => startsAt),
    at,
  );
}

/** Who holds or leads the hour of a GPU that begins then, by name; null for nobody. */
export async function nameAt(db: DbOrTx, gpuId: number, startsAt: Date): Promise<string | null> {
  const [slot] = await db
    .select({ username: users.username })
    .from(slots)
    .innerJoin(users, eq(users.id, slots.userId))
    .where(and(eq(slots.gpuId, gpuId), eq(slots.startsAt, startsAt)));
  return slot?.username ?? null;
}

/**
 * `heldUntil` of now, for a statement that has these columns in it: the end of the first of somebody's hours behind which
 * none of theirs follows, the one that runs being theirs.
 */
export function runEndOf(gpuId: Column, userId: Column): SQL {
  const theirs = (hour: string) => sql`${hourOf(hour, gpuId)} and ${sql.raw(hour)}.user_id = ${userId}`;
  return sql`(select last_hour.starts_at + interval 1 hour from ${slots} last_hour
    where ${theirs("last_hour")} and last_hour.starts_at > ${dbNowPlus(-slotMs)}
      and exists (select 1 from ${slots} this_hour
        where ${theirs("this_hour")} and this_hour.starts_at > ${dbNowPlus(-slotMs)} and this_hour.starts_at <= ${dbNow})
      and not exists (select 1 from ${slots} next_hour
        where ${theirs("next_hour")} and next_hour.starts_at = last_hour.starts_at + interval 1 hour)
    order by last_hour.starts_at limit 1)`;
}

/** When the first hour of a GPU begins that somebody else holds or leads, the one that runs included; null for none. */
export function firstHourOfOthers(gpuId: Column, userId: Column): SQL {
  return sql`(select min(others.starts_at) from ${slots} others
    where ${hourOf("others", gpuId)} and others.user_id <> ${userId} and others.starts_at > ${dbNowPlus(-slotMs)})`;
}

const hourOf = (hour: string, gpuId: Column): SQL => sql`${sql.raw(hour)}.gpu_id = ${gpuId}`;

/**
 * For a statement that has `gpus` in it: whose hour now this person holds, and the one in `aheadMs`, too.
 * @param aheadMs shorter than an hour
 */
export function holdsNow(userId: number, aheadMs: number): SQL {
  const hourIn = (ms: number) =>
    sql`exists (select 1 from ${slots} where ${and(
      eq(slots.gpuId, gpus.id),
      eq(slots.userId, userId),
      lte(slots.startsAt, dbNowPlus(ms)),
      gt(slots.startsAt, dbNowPlus(ms - slotMs)),
    )})`;
  // Bidding on an hour closes before it begins: of the one that runs, who leads it holds it.
  return sql`(${hourIn(0)} and ${hourIn(aheadMs)})`;
}

/** The same for GPUs that anybody may use who comes first, besides. */
export function openTo(userId: number, aheadMs: number): SQL {
  return sql`${or(eq(gpus.mode, "on-demand"), holdsNow(userId, aheadMs))}`;
}

/** Who holds the hour that runs now, of GPUs by internal id; one that nobody holds isn't there. */
export async function holdersNow(
  db: DbOrTx,
  gpuIds: readonly number[],
): Promise<Map<number, { readonly id: number; readonly username: string }>> {
  const rows = await db
    .select({ gpuId: slots.gpuId, id: users.id, username: users.username })
    .from(slots)
    .innerJoin(users, eq(users.id, slots.userId))
    .where(
      and(
        inArray(slots.gpuId, [...gpuIds]),
        lte(slots.startsAt, dbNow),
        gt(slots.startsAt, dbNowPlus(-slotMs)),
      ),
    );
  return new Map(rows.map(({ gpuId, ...holder }) => [gpuId, holder]));
}

/** The next hour to come that somebody holds of some GPUs, by internal ids; null for none. */
export async function nextHourOf(
  db: DbOrTx,
  gpuIds: readonly number[],
  userId: number,
): Promise<{ readonly gpuId: number; readonly startsAt: Date } | null> {
  const [next] = await db
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt })
    .from(slots)
    .leftJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(inArray(slots.gpuId, [...gpuIds]), eq(slots.userId, userId), gt(slots.startsAt, dbNow), isHeld),
    )
    .orderBy(asc(slots.startsAt), asc(slots.gpuId))
    .limit(1);
  return next ?? null;
}
