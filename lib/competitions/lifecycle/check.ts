import { and, asc, eq, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { competitions, evaluations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { competitionChanged } from "../commands/context";
import { takeEffect } from "../commands/settings";
import { unexpectedScores } from "../folder/checks";
import type { EvaluationEffects, EvaluationState, ExpectedScores } from "../model";
import { maxFailures, maxLostClaims, mustWait, retryAfterMs, undefinedMetrics } from "../rules";
import type { ScoreReport } from "../scoring/score";
import { newToken, scoringDeadlineMs, scoringLeaseMs } from "./claim";
import { differingDigests } from "./report";

function dueChecks(db: Db) {
  return db
    .select({
      id: evaluations.id,
      publicId: evaluations.publicId,
      number: evaluations.number,
      attempts: evaluations.attempts,
      failures: evaluations.failures,
      competition: { id: competitions.id, publicId: competitions.publicId, slug: competitions.slug },
      /** What a report of its own sample must be of. */
      digests: {
        evaluation: evaluations.evaluationDigest,
        truth: evaluations.truthDigest,
        submission: evaluations.sampleDigest,
      },
    })
    .from(evaluations)
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(and(eq(evaluations.state, "CHECKING"), dueForClaim(evaluations.nextAttemptAt), leaseFree()))
    .orderBy(asc(evaluations.nextAttemptAt))
    .limit(10);
}

function leaseFree(): SQL | undefined {
  return or(isNull(evaluations.claimExpiresAt), dueBy(evaluations.claimExpiresAt, scoringLeaseMs));
}

/** An evaluation claimed to be checked. */
export type CheckClaim = Awaited<ReturnType<typeof dueChecks>>[number] & { readonly token: string };

/** The check went to another worker, or is done. */
export class CheckLost extends Error {
  override readonly name = "CheckLost";
}

/**
 * Claims an evaluation to check, the one that has waited longest; null when there is none. Of many workers one gets each;
 * one whose workers ended at it `maxLostClaims` times is refused.
 */
export async function claimCheck(db: Db, owner: string): Promise<CheckClaim | null> {
  for (const row of await dueChecks(db)) {
    const token = newToken(owner);
    const [result] = await db
      .update(evaluations)
      .set({
        claimOwner: token,
        claimExpiresAt: dbNowPlus(scoringLeaseMs),
        deadlineAt: dbNowPlus(scoringDeadlineMs),
        attempts: sql`${evaluations.attempts} + 1`,
      })
      .where(and(eq(evaluations.id, row.id), eq(evaluations.state, "CHECKING"), leaseFree()));
    if (result.affectedRows === 0) continue;
    const claim = { ...row, attempts: row.attempts + 1, token };
    if (row.attempts - row.failures < maxLostClaims) return claim;
    await refuse(
      db,
      claim,
      "It could not be checked. The workers that did ended, or took longer than they may.",
    );
  }
  return null;
}

function fenced(claim: CheckClaim): SQL | undefined {
  return and(
    eq(evaluations.id, claim.id),
    eq(evaluations.claimOwner, claim.token),
    eq(evaluations.state, "CHECKING"),
  );
}

/** Keeps the claim for another lease, but not beyond its deadline. False when it is lost or the deadline has passed. */
export async function renewCheck(db: Db, claim: CheckClaim): Promise<boolean> {
  const [result] = await db
    .update(evaluations)
    .set({ claimExpiresAt: sql`least(${dbNowPlus(scoringLeaseMs)}, ${evaluations.deadlineAt})` })
    .where(and(fenced(claim), sql`${evaluations.deadlineAt} > ${dbNow}`));
  return result.affectedRows === 1;
}

/** Gives a claim back untried, to be taken again after `delayMs`. @throws CheckLost */
export async function releaseCheck(db: Db, claim: CheckClaim, delayMs: number): Promise<void> {
  const [result] = await db
    .update(evaluations)
    .set({ ...dueAgainIn(delayMs), attempts: sql`${evaluations.attempts} - 1` })
    .where(fenced(claim));
  if (result.affectedRows === 0) throw new CheckLost();
}

/** What came of scoring an evaluation's own sample. */
export type CheckVerdict =
  | { readonly outcome: "scored"; readonly report: ScoreReport }
  /** Manifest, truth or sample are wrong, in one sentence. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** Our side; tried again `maxFailures` times. */
  | { readonly outcome: "failed"; readonly failure: string };

/** Why a scored sample doesn't make the evaluation fit to score by; null when it does. */
function objection(claim: CheckClaim, report: ScoreReport): string | null {
  const differing = differingDigests(report, claim.digests);
  if (differing.length > 0)
    return `The files in the store are not those that were registered: ${differing.join(", ")}.`;
  if (report.splits.public === null) return "The truth has no public rows, so that there would be no board.";
  const undefinedOnes = undefinedMetrics(report.splits);
  return undefinedOnes.length === 0
    ? null
    : `The truth leaves metrics undefined: ${undefinedOnes.join(", ")}.`;
}

/**
 * Writes what came of a check. One that is READY becomes the competition's current evaluation, unless one is that was
 * asked for later or it waits for an administrator's word, and all older submissions are to be scored by it.
 * @returns the state that the evaluation is in now
 * @throws CheckLost when another worker has it: nothing is written
 */
export function settleCheck(db: Db, claim: CheckClaim, verdict: CheckVerdict): Promise<EvaluationState> {
  if (verdict.outcome === "failed") return settleFailedCheck(db, claim, verdict.failure);
  if (verdict.outcome === "refused") return refuse(db, claim, verdict.reason);
  const reason = objection(claim, verdict.report);
  if (reason !== null) return refuse(db, claim, reason);
  return makeReady(db, claim, verdict.report).catch((error: unknown) => {
    // What is to take effect with it contradicts what an administrator has changed meanwhile.
    if (error instanceof AppError) return refuse(db, claim, error.message);
    throw error;
  });
}

async function fencedUpdate(
  tx: Tx,
  claim: CheckClaim,
  set: MySqlUpdateSetSource<typeof evaluations>,
): Promise<void> {
  const [result] = await tx.update(evaluations).set(set).where(fenced(claim));
  if (result.affectedRows === 0) throw new CheckLost();
  await competitionChanged(tx, claim.competition);
}

const done = { claimOwner: null, claimExpiresAt: null, checkedAt: dbNow } as const;

function makeReady(db: Db, claim: CheckClaim, { splits }: ScoreReport): Promise<EvaluationState> {
  return inTransaction<EvaluationState>(db, async (tx) => {
    // First, as acceptances hold it shared: whatever is accepted has a scoring under it, or is older than it.
    const [competition] = await tx
      .select()
      .from(competitions)
      .where(eq(competitions.id, claim.competition.id))
      .for("update");
    const locked = required(competition, "the evaluation's competition");
    const current = locked.currentEvaluationId;
    const asked = await askedNow(tx, claim);
    const unexpected = unexpectedScores(asked.expected, splits);
    if (unexpected.length > 0) return refuseWithin(tx, claim, unexpected.join(" "));
    const isNewest =
      !mustWait(locked, asked) && (current === null || (await askedOf(tx, current)) < asked.asked);
    await fencedUpdate(tx, claim, {
      ...done,
      // Also of one that another came before: as long as it was never in force, administrators alone see it.
      waits: !isNewest,
      state: "READY",
      sampleMetrics: { public: splits.public, private: splits.private },
      hasPrivate: splits.private !== null,
      // Before the first there are no submissions.
      queuedThroughId: isNewest && current !== null ? 0 : null,
      toAnnounce: isNewest && current !== null,
    });
    if (isNewest) {
      await makeCurrent(tx, claim);
      await takeEffect(tx, systemAuditor, locked, asked.settings);
    }
    return "READY";
  });
}

interface Asked {
  readonly asked: number;
  readonly waits: boolean;
  readonly expected: ExpectedScores;
  readonly settings: EvaluationEffects;
}

/** Read now: it may have been brought in again, with other texts or scores, or confirmed, while it was checked. */
async function askedNow(tx: Tx, { id }: CheckClaim): Promise<Asked> {
  const { asked, waits, expected, settings } = evaluations;
  const [row] = await tx
    .select({ asked, waits, expected, settings })
    .from(evaluations)
    .where(eq(evaluations.id, id));
  const now = required(row, "an evaluation");
  return { ...now, expected: now.expected ?? {}, settings: now.settings ?? {} };
}

async function askedOf(tx: Tx, id: number): Promise<number> {
  const [row] = await tx.select({ asked: evaluations.asked }).from(evaluations).where(eq(evaluations.id, id));
  return required(row, "an evaluation").asked;
}

/** Puts an evaluation that is READY in force; the competition's row is locked. */
export async function makeCurrent(
  tx: Tx,
  { id, competition }: { readonly id: number; readonly competition: { readonly id: number } },
): Promise<void> {
  // What the one before had left to queue, nobody needs any more.
  await tx
    .update(evaluations)
    .set({ queuedThroughId: null, toAnnounce: false })
    .where(and(eq(evaluations.competitionId, competition.id), ne(evaluations.id, id)));
  await tx.update(competitions).set({ currentEvaluationId: id }).where(eq(competitions.id, competition.id));
}

function refuse(db: Db, claim: CheckClaim, reason: string): Promise<EvaluationState> {
  return inTransaction(db, (tx) => refuseWithin(tx, claim, reason));
}

async function refuseWithin(tx: Tx, claim: CheckClaim, reason: string): Promise<EvaluationState> {
  await fencedUpdate(tx, claim, { ...done, state: "REFUSED", reason: reason.slice(0, 2000) });
  await recordAudit(tx, systemAuditor, {
    action: "competition.evaluation_refused",
    resource: claim.competition.slug,
    detail: { evaluation: claim.publicId, reason },
  });
  return "REFUSED";
}

async function settleFailedCheck(db: Db, claim: CheckClaim, failure: string): Promise<EvaluationState> {
  const failures = claim.failures + 1;
  const delayMs = retryAfterMs(failures, maxFailures);
  if (delayMs === null) return refuse(db, claim, `It could not be checked. ${failure}`);
  await inTransaction(db, (tx) => fencedUpdate(tx, claim, { ...dueAgainIn(delayMs), failures }));
  return "CHECKING";
}
