import { and, eq, inArray, isNotNull, isNull, lte, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { evaluations, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { rejectedKeptDays } from "./tunables";

/** Contents looked at in one go. */
const batch = 200;

/**
 * Gives up the files of submissions that were rejected long ago: nobody scores them again, and what a rejection gives back
 * of the quota would fill the disk. Their rows stay and say so; the sweep removes what no other row needs.
 * @returns how many submissions lost their file
 */
export async function dropRejected(db: Db): Promise<number> {
  let dropped = 0;
  for (let after = ""; ; ) {
    const found = await rejectedContents(db, after);
    for (const sha256 of found) dropped += await inTransaction(db, (tx) => drop(tx, sha256));
    const last = found.at(-1);
    if (last === undefined) return dropped;
    after = last;
  }
}

const isLongAgo = lte(scorings.finishedAt, sql`utc_timestamp(3) - interval ${rejectedKeptDays} day`);

async function rejectedContents(db: Db, after: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ sha256: submissions.sha256 })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(
      and(
        eq(scorings.state, "REJECTED"),
        isLongAgo,
        isNull(submissions.fileDroppedAt),
        sql`${submissions.sha256} > ${after}`,
      ),
    )
    .orderBy(submissions.sha256)
    .limit(batch);
  return rows.map(({ sha256 }) => sha256);
}

/** Of one content all submissions or none: they share the file. */
async function drop(tx: Tx, sha256: string): Promise<number> {
  const rows = await tx
    .select({ id: submissions.id, competitionId: submissions.competitionId })
    .from(submissions)
    .where(and(eq(submissions.sha256, sha256), isNull(submissions.fileDroppedAt)))
    .for("update");
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0 || (await areQueuedAnew(tx, [...new Set(rows.map((row) => row.competitionId))])))
    return 0;
  const verdicts = await tx
    .select({
      submissionId: scorings.submissionId,
      needed: sql`sum(not (${scorings.state} = 'REJECTED' and ${isLongAgo}))`.mapWith(Number),
    })
    .from(scorings)
    .where(inArray(scorings.submissionId, ids))
    .groupBy(scorings.submissionId);
  if (verdicts.length < ids.length || verdicts.some(({ needed }) => needed > 0)) return 0;
  const [result] = await tx
    .update(submissions)
    .set({ fileDroppedAt: dbNow })
    .where(inArray(submissions.id, ids));
  return result.affectedRows;
}

/** Whether a new evaluation, under which they may be valid, is about to get them; after the look none begins to. */
async function areQueuedAnew(tx: Tx, competitionIds: readonly number[]): Promise<boolean> {
  const ids = sql.join(
    competitionIds.map((id) => sql`${id}`),
    sql`, `,
  );
  // With a column that no index has, or the entry of an index alone might be locked.
  await tx.execute(
    sql`select id, title from competitions where id in (${ids}) order by id lock in share mode`,
  );
  const queueing = await tx
    .select({ id: evaluations.id })
    .from(evaluations)
    .where(
      and(inArray(evaluations.competitionId, [...competitionIds]), isNotNull(evaluations.queuedThroughId)),
    )
    .limit(1);
  return queueing.length > 0;
}
