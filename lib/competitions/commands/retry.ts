import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import { dbNow } from "@/db/clock";
import { competitions, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { untried } from "../rules";
import { assertManages, audit, type CommandContext } from "./context";

/**
 * Queues a submission anew whose scoring under the current evaluation was given up; a score from before stands meanwhile.
 * Without one it counts against the quota again, which may then be exceeded: the admin wanted it so.
 * @throws AppError `forbidden`, `not_found`, `conflict` when it is in another state
 */
export async function retryScoring(context: CommandContext, publicId: string): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const [row] = await tx
      .select({
        id: submissions.id,
        userId: submissions.userId,
        evaluationId: competitions.currentEvaluationId,
      })
      .from(submissions)
      .innerJoin(competitions, eq(competitions.id, submissions.competitionId))
      .where(eq(submissions.publicId, publicId));
    if (!row) throw new AppError("not_found", `No submission ${publicId}.`);
    const [result] = await tx
      .update(scorings)
      .set({
        state: "QUEUED",
        ...untried,
        ...{ retryAt: null, queuedAt: dbNow, failure: null, failedAt: null },
        // A verdict stands, and has its scorer; without one there is only the bound that it failed by.
        finishedAt: sql`if(${scorings.scorer} is null, null, ${scorings.finishedAt})`,
        problem: sql`if(${scorings.scorer} is null, null, ${scorings.problem})`,
      })
      .where(
        and(
          eq(scorings.submissionId, row.id),
          eq(scorings.evaluationId, row.evaluationId ?? 0),
          inArray(scorings.state, ["FAILED", "SCORED", "REJECTED"]),
          isNotNull(scorings.failedAt),
        ),
      );
    if (result.affectedRows === 0) {
      throw new AppError("conflict", "Only a submission whose scoring failed on our side can be retried.", {
        conflict: "changed_meanwhile",
      });
    }
    await audit(tx, context, { action: "submission.retry", resource: publicId });
    await recordChange(tx, { userId: row.userId, topic: "competitions", resource: publicId });
  });
  context.wake();
}
