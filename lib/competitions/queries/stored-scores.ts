import { and, asc, eq, gt, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { evaluations, scoringReports, scorings, submissions } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { competitionBySlug } from "./find";

/** What has a verdict, also while it is made anew; of rejections those whose file is still kept. */
const judged = or(
  isNotNull(scorings.reportDigest),
  and(isNotNull(scorings.problem), ne(scorings.state, "FAILED"), isNull(submissions.fileDroppedAt)),
);

/** Scores and rejections under an evaluation as they are stored, oldest submission first, from behind `after` on. */
export function storedScores(db: DbOrTx, evaluationId: number, after: number, limit: number) {
  return db
    .select({
      submissionId: submissions.id,
      submission: submissions.publicId,
      sha256: submissions.sha256,
      metrics: scorings.metrics,
      scorer: scorings.scorer,
      reportDigest: scorings.reportDigest,
      problem: scorings.problem,
      report: scoringReports.report,
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .leftJoin(scoringReports, eq(scoringReports.scoringId, scorings.id))
    .where(and(eq(scorings.evaluationId, evaluationId), gt(scorings.submissionId, after), judged))
    .orderBy(asc(scorings.submissionId))
    .limit(limit);
}

export type StoredScore = Awaited<ReturnType<typeof storedScores>>[number];

/** The evaluation in force of a competition. @throws AppError `not_found`; `conflict` when none is READY yet */
export async function currentEvaluation(db: DbOrTx, slug: string) {
  const { title, currentEvaluationId } = await competitionBySlug(db, slug);
  const [row] = await db
    .select()
    .from(evaluations)
    .where(eq(evaluations.id, currentEvaluationId ?? 0));
  if (row) return row;
  throw new AppError("conflict", `${title} has no evaluation yet.`, { conflict: "closed" });
}

/** How many verdicts there are, and a submission's numeric id to go on behind. @throws AppError `not_found` */
export async function scoresBehind(db: DbOrTx, evaluationId: number, submission: string | undefined) {
  const after = submission === undefined ? 0 : await numericId(db, evaluationId, submission);
  const [row] = await db
    .select({ count: sql`count(*)`.mapWith(Number) })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(and(eq(scorings.evaluationId, evaluationId), gt(scorings.submissionId, after), judged));
  return { after, count: row?.count ?? 0 };
}

/** One of another competition would have all older ones passed over. */
async function numericId(db: DbOrTx, evaluationId: number, publicId: string): Promise<number> {
  const [row] = await db
    .select({ id: submissions.id })
    .from(submissions)
    .innerJoin(evaluations, eq(evaluations.competitionId, submissions.competitionId))
    .where(and(eq(submissions.publicId, publicId), eq(evaluations.id, evaluationId)));
  if (row) return row.id;
  throw new AppError("not_found", `No submission ${publicId} to this competition.`);
}
