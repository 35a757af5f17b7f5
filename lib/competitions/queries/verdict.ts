import { and, eq } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitions, evaluations, scorings, submissions } from "@/db/schema";
import { required } from "@/lib/kernel/assert";

/** For whoever has brought an evaluation in and waits for what the worker says of it. */
export async function evaluationVerdict(db: DbOrTx, publicId: string) {
  const [row] = await db
    .select({
      state: evaluations.state,
      reason: evaluations.reason,
      number: evaluations.number,
      waits: evaluations.waits,
      sampleMetrics: evaluations.sampleMetrics,
      currentId: competitions.currentEvaluationId,
      id: evaluations.id,
    })
    .from(evaluations)
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(eq(evaluations.publicId, publicId));
  const { id, currentId, ...verdict } = required(row, `evaluation ${publicId}`);
  return { ...verdict, isCurrent: id === currentId };
}

/** The same of a submission, under its competition's current evaluation; null before it is queued there. */
export async function submissionVerdict(db: DbOrTx, publicId: string) {
  const [row] = await db
    .select({
      state: scorings.state,
      metrics: scorings.metrics,
      problem: scorings.problem,
      failure: scorings.failure,
    })
    .from(submissions)
    .innerJoin(competitions, eq(competitions.id, submissions.competitionId))
    .innerJoin(
      scorings,
      and(
        eq(scorings.submissionId, submissions.id),
        eq(scorings.evaluationId, competitions.currentEvaluationId),
      ),
    )
    .where(eq(submissions.publicId, publicId));
  return row ?? null;
}
