import { and, eq, inArray, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { scorings, submissions } from "@/db/schema";
import { required } from "@/lib/kernel/assert";

/**
 * Somebody's submissions that count against the limits of a competition: all but those whose first scoring was rejected
 * or failed by us, not by a bound. Counted anew each time, so that nothing can drift.
 * @param day of the lab's zone, as `localDay` makes it
 */
export async function countedSubmissions(
  db: DbOrTx,
  who: { competitionId: number; userId: number },
  day: string,
): Promise<{ today: number; total: number }> {
  const [counts] = await db
    .select({
      today: sql`coalesce(sum(${submissions.localDay} = ${day}), 0)`.mapWith(Number),
      total: sql`count(*)`.mapWith(Number),
    })
    .from(submissions)
    .where(
      and(
        eq(submissions.competitionId, who.competitionId),
        eq(submissions.userId, who.userId),
        sql`not exists (select 1 from ${scorings} where ${and(
          eq(scorings.submissionId, submissions.id),
          eq(scorings.evaluationId, submissions.firstEvaluationId),
          // A rejection stands while it is looked at anew; what failed by a bound says so and counts.
          sql`(${scorings.state} = 'FAILED') = (${scorings.problem} is null)`,
        )})`,
      ),
    );
  return required(counts, "a count");
}

/** Somebody's submissions to a competition that wait for their first verdict, or are getting it. */
export async function waitingSubmissions(
  db: DbOrTx,
  who: { competitionId: number; userId: number },
): Promise<number> {
  const [row] = await db
    .select({ count: sql`count(*)`.mapWith(Number) })
    .from(scorings)
    .where(
      and(
        eq(scorings.competitionId, who.competitionId),
        eq(scorings.userId, who.userId),
        inArray(scorings.state, ["QUEUED", "SCORING"]),
        eq(scorings.rescoring, false),
      ),
    );
  return required(row, "a count").count;
}
