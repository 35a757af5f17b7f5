import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions } from "@/db/schema";
import type { Week } from "@/lib/schedule/rules";

/**
 * GPU time of a person in a week up to now, in ms: for each session what of it, from RUNNING until its stop was asked
 * for, lies in the week. What the stop takes is not theirs to pay: on a host that is silent it may be days. Reads those
 * that ended in the week or go on, by `sessions_user_time`.
 */
export async function gpuTimeMs(db: DbOrTx, userId: number, week: Week): Promise<number> {
  const start = sql.param(week.start, sessions.runningAt);
  const end = sql.param(week.end, sessions.runningAt);
  const ended = sql`coalesce(${sessions.stopRequestedAt}, ${sessions.endedAt}, ${dbNow})`;
  const until = sql`least(${ended}, ${end})`;
  const microseconds = sql`timestampdiff(microsecond, greatest(${sessions.runningAt}, ${start}), ${until})`;
  const [row] = await db
    .select({ used: sql`coalesce(sum(greatest(0, ${microseconds})), 0)`.mapWith(Number) })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        or(isNull(sessions.endedAt), gt(sessions.endedAt, week.start)),
        lt(sessions.runningAt, week.end),
      ),
    );
  return Math.floor((row?.used ?? 0) / 1000);
}
