import { and, asc, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow, dueBy } from "@/db/clock";
import { evaluations, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { maxLostClaims, retryAfterMs, untried } from "../rules";
import { fenced, type ScoringClaim, ScoringLost, scoringLeaseMs } from "./claim";
import { afterFailure, auditFailure, isGivenUp } from "./settle";
import { tellFailure, tellVerdict } from "./tell";

/** Rows that one round takes, so that none takes long. */
const batch = 500;

/**
 * Puts retries whose time has come back into the queue, at the turn they had. Found first and then changed by their ids:
 * a search that locks as it goes would meet the claims, which come from the other end. @returns how many
 */
export async function wakeRetries(db: Db): Promise<number> {
  const waiting = and(eq(scorings.state, "QUEUED"), isNotNull(scorings.retryAt));
  const due = await db
    .select({ id: scorings.id })
    .from(scorings)
    .where(and(waiting, dueForClaim(scorings.retryAt)))
    .limit(batch);
  if (due.length === 0) return 0;
  const ids = due.map(({ id }) => id);
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(scorings)
      .set({ retryAt: null })
      .where(and(inArray(scorings.id, ids), waiting));
    return result.affectedRows;
  });
}

/**
 * Gives a claim back untried, to be taken again after `delayMs`: what kept it from being scored has nothing to do with it.
 * @throws ScoringLost
 */
export async function releaseScoring(db: Db, claim: ScoringClaim, delayMs: number): Promise<void> {
  const { nextAttemptAt: retryAt, ...released } = dueAgainIn(delayMs);
  await inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(scorings)
      .set({
        ...released,
        state: "QUEUED",
        deadlineAt: null,
        retryAt: delayMs > 0 ? retryAt : null,
        attempts: sql`${scorings.attempts} - 1`,
      })
      .where(fenced(claim));
    if (result.affectedRows === 0) throw new ScoringLost();
  });
}

const leaseOver = (): SQL | undefined =>
  and(eq(scorings.state, "SCORING"), dueBy(scorings.claimExpiresAt, scoringLeaseMs));

/**
 * Takes scorings from workers that no longer renew them: back into the queue, or failed for good when that happened
 * `maxLostClaims` times. Any number of workers may do it at once. @returns how many
 */
export async function settleExpired(db: Db): Promise<number> {
  const lost = await db
    .select({
      id: scorings.id,
      owner: scorings.claimOwner,
      attempts: scorings.attempts,
      failures: scorings.failures,
      overBounds: scorings.overBounds,
      standing: scorings.reportDigest,
      rejection: scorings.problem,
      userId: scorings.userId,
      competitionId: scorings.competitionId,
      submissionId: scorings.submissionId,
      evaluationId: scorings.evaluationId,
      submission: submissions.publicId,
      rescoring: scorings.rescoring,
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(leaseOver())
    .limit(batch);
  const settled = await Promise.all(lost.map((row) => settleLost(db, row)));
  return settled.filter(Boolean).length;
}

interface Lost {
  readonly id: number;
  readonly owner: string | null;
  readonly attempts: number;
  readonly failures: number;
  readonly overBounds: number;
  readonly standing: string | null;
  readonly rejection: ScoringClaim["rejection"];
  readonly userId: number;
  readonly competitionId: number;
  readonly submissionId: number;
  readonly evaluationId: number;
  readonly submission: string;
  readonly rescoring: boolean;
}

/** False when it was renewed, settled or taken meanwhile. */
function settleLost(db: Db, lost: Lost): Promise<boolean> {
  const { id, owner, attempts, userId, submission } = lost;
  const failure = "The worker that scored it ended, or took longer than it may.";
  const delayMs = retryAfterMs(attempts - lost.failures - lost.overBounds, maxLostClaims);
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(scorings)
      .set(afterFailure(failure, delayMs, lost))
      .where(
        and(
          eq(scorings.id, id),
          owner === null ? isNull(scorings.claimOwner) : eq(scorings.claimOwner, owner),
          leaseOver(),
        ),
      );
    if (result.affectedRows === 0) return false;
    if (delayMs === null) {
      await auditFailure(tx, submission, failure, attempts);
      if (isGivenUp(lost)) await tellVerdict(tx, lost, { state: "FAILED" });
      await tellFailure(tx, lost, failure);
    }
    await recordChange(tx, { userId, topic: "competitions", resource: submission });
    return true;
  });
}

/**
 * Queues submissions that are older than a current evaluation under it, the oldest first, `batch` at a time, and moves
 * those there that wait for their first verdict; what is done already stays. @returns how many were queued, 0 when nothing is left
 */
export async function queueRescorings(db: Db): Promise<number> {
  for (;;) {
    const [due] = await db
      .select({ id: evaluations.id })
      .from(evaluations)
      .where(isNotNull(evaluations.queuedThroughId))
      .orderBy(asc(evaluations.queuedThroughId))
      .limit(1);
    if (!due) return 0;
    const queued = await inTransaction(db, (tx) => queueBatch(tx, due.id));
    if (queued > 0) return queued;
  }
}

async function queueBatch(tx: Tx, id: number): Promise<number> {
  const [evaluation] = await tx.select().from(evaluations).where(eq(evaluations.id, id)).for("update");
  if (!evaluation || evaluation.queuedThroughId === null) return 0;
  const older = await tx
    .select({ id: submissions.id, userId: submissions.userId })
    .from(submissions)
    .where(
      and(
        eq(submissions.competitionId, evaluation.competitionId),
        sql`${submissions.id} > ${evaluation.queuedThroughId}`,
        // Rejected long ago, and there is nothing left to score.
        isNull(submissions.fileDroppedAt),
      ),
    )
    .orderBy(asc(submissions.id))
    .limit(batch);
  const last = older.at(-1);
  await tx
    .update(evaluations)
    .set({ queuedThroughId: last === undefined ? null : last.id })
    .where(eq(evaluations.id, id));
  if (last === undefined) return 0;
  const turns = await takeAlong(tx, evaluation, older);
  await tx
    .insert(scorings)
    .ignore()
    .values(
      older.map((submission) => ({
        submissionId: submission.id,
        evaluationId: id,
        competitionId: evaluation.competitionId,
        userId: submission.userId,
        rescoring: !turns.has(submission.id),
        turn: turns.get(submission.id) ?? submission.id,
        queuedAt: dbNow,
      })),
    );
  return older.length;
}

/**
 * Of submissions whose first verdict somebody still waits for: it is to be by the new evaluation, at the turn that they
 * had. What only waits is moved there; what runs is scored by both.
 * @returns their turns by the submission's numeric id
 */
async function takeAlong(
  tx: Tx,
  { id }: typeof evaluations.$inferSelect,
  older: readonly { readonly id: number }[],
): Promise<ReadonlyMap<number, number>> {
  const ids = older.map((submission) => submission.id);
  const isThere = await tx
    .select({ submissionId: scorings.submissionId })
    .from(scorings)
    .where(and(inArray(scorings.submissionId, ids), eq(scorings.evaluationId, id)));
  const there = new Set(isThere.map(({ submissionId }) => submissionId));
  const unjudged = and(inArray(scorings.state, ["QUEUED", "SCORING"]), eq(scorings.rescoring, false));
  // Found without a lock and locked by their ids, as in `wakeRetries`.
  const found = await tx
    .select({ id: scorings.id, submissionId: scorings.submissionId })
    .from(scorings)
    .innerJoin(
      submissions,
      and(
        eq(submissions.id, scorings.submissionId),
        eq(submissions.firstEvaluationId, scorings.evaluationId),
      ),
    )
    .where(and(inArray(submissions.id, ids), unjudged));
  const candidates = found.filter(({ submissionId }) => !there.has(submissionId));
  if (candidates.length === 0) return new Map();
  const waiting = await tx
    .select({
      id: scorings.id,
      submissionId: scorings.submissionId,
      state: scorings.state,
      turn: scorings.turn,
    })
    .from(scorings)
    .where(
      and(
        inArray(
          scorings.id,
          candidates.map((one) => one.id),
        ),
        unjudged,
      ),
    )
    .for("update");
  const queued = waiting.filter(({ state }) => state === "QUEUED").map((one) => one.id);
  const turns = new Map(waiting.map(({ submissionId, turn }) => [submissionId, turn]));
  if (turns.size > 0) {
    await tx
      .update(submissions)
      .set({ firstEvaluationId: id })
      .where(inArray(submissions.id, [...turns.keys()]));
  }
  if (queued.length > 0) {
    await tx
      .update(scorings)
      .set({ evaluationId: id, ...untried, retryAt: null, failure: null })
      .where(inArray(scorings.id, queued));
  }
  return turns;
}
