import { and, eq, gt, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions, users } from "@/db/schema";
import type { Week } from "@/lib/schedule/rules";

/**
 * GPU time of a person in a week up to now, in ms: for each session what of it, from RUNNING until its stop was asked
 * for, lies in the week. What the stop takes is not theirs to pay: on a host that is silent it may be days. Reads those
 * that ended in the week or go on, by `sessions_user_time`.
 */
export async function gpuTimeMs(db: DbOrTx, userId: number, week: Week): Promise<number> {
  const [row] = await db
    .select({ used: usedMicroseconds(week) })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), touches(week)));
  return toMs(row?.used ?? 0);
}

/** The same for several at once, by their public ids; who used nothing isn't there. */
export async function gpuTimesMs(
  db: DbOrTx,
  userIds: readonly string[],
  week: Week,
): Promise<Map<string, number>> {
  if (userIds.length === 0) return new Map();
  const rows = await db
    .select({ id: users.publicId, used: usedMicroseconds(week) })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(inArray(users.publicId, [...userIds]), touches(week)))
    .groupBy(users.publicId);
  return new Map(rows.map(({ id, used }) => [id, toMs(used)]));
}

const toMs = (microseconds: number): number => Math.floor(microseconds / 1000);

function usedMicroseconds(week: Week) {
  const start = sql.param(week.start, sessions.runningAt);
  const end = sql.param(week.end, sessions.runningAt);
  const ended = sql`coalesce(${sessions.stopRequestedAt}, ${sessions.endedAt}, ${dbNow})`;
  const until = sql`least(${ended}, ${end})`;
  const microseconds = sql`timestampdiff(microsecond, greatest(${sessions.runningAt}, ${start}), ${until})`;
  return sql`coalesce(sum(greatest(0, ${microseconds})), 0)`.mapWith(Number);
}

function touches(week: Week) {
  return and(
    or(isNull(sessions.endedAt), gt(sessions.endedAt, week.start)),
    lt(sessions.runningAt, week.end),
  );
}
