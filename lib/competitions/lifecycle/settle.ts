import { eq, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import { dueAgainIn } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitionQueues, evaluations, scoringReports, scorings } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { competitionChanged } from "../commands/context";
import { rebuildEntries } from "../commands/rebuild";
import { markBoards } from "../intervals/mark";
import { maxFailureLength, type RejectionProblem, type Split, type StoredMetrics, splits } from "../model";
import { type AfterScoring, boundTries, maxFailures, retryAfterMs } from "../rules";
import { maxTextLength } from "../scorer-protocol";
import type { ScoreReport } from "../scoring/score";
import { hasEntry, lockEntrant, projectScore } from "./board";
import { fenced, type ScoringClaim, ScoringLost } from "./claim";
import { canonicalReport, differingDigests } from "./report";
import { tellFailure, tellVerdict } from "./tell";

/** What came of a claimed scoring. */
export type Verdict =
  | { readonly outcome: "scored"; readonly report: ScoreReport; readonly durationMs: number }
  /** The submitter's fault. */
  | {
      readonly outcome: "rejected";
      readonly problem: RejectionProblem;
      /** The scorer's version. */
      readonly scorer: string;
      readonly durationMs: number;
    }
  /** Ours, and without `retry` for good; with `bound` it took more time or memory than a submission gets. */
  | {
      readonly outcome: "failed";
      readonly failure: string;
      readonly retry: boolean;
      readonly bound?: RejectionProblem;
    };

/**
 * Writes a verdict, boards and all, in one transaction under the claim's fence. A failure is tried again after a pause,
 * `maxFailures` times, what ran over a bound `boundTries` times; a report whose digests are not the rows' is a failure, and no score.
 * @returns the state that the scoring is in now
 * @throws ScoringLost when another worker has it: nothing is written
 */
export function settleScoring(db: Db, claim: ScoringClaim, verdict: Verdict): Promise<AfterScoring> {
  switch (verdict.outcome) {
    case "scored": {
      const differing = differingDigests(verdict.report, claim.digests);
      if (differing.length === 0) return settleScored(db, claim, verdict);
      const failure = `The report is of another ${differing.join(" and ")}: the store holds what the database doesn't know.`;
      return settleFailed(db, claim, { failure, retry: true });
    }
    case "rejected":
      return settleRejected(db, claim, verdict);
    case "failed":
      return settleFailed(db, claim, verdict);
  }
}

const released = { claimOwner: null, claimExpiresAt: null, deadlineAt: null } as const;
const ended = { ...released, finishedAt: dbNow, failure: null, failedAt: null } as const;

async function fencedUpdate(
  tx: Tx,
  claim: ScoringClaim,
  set: MySqlUpdateSetSource<typeof scorings>,
): Promise<void> {
  const [result] = await tx.update(scorings).set(set).where(fenced(claim));
  if (result.affectedRows === 0) throw new ScoringLost();
  await recordChange(tx, { userId: claim.userId, topic: "competitions", resource: claim.submission });
}

function settleScored(
  db: Db,
  claim: ScoringClaim,
  { report, durationMs }: { report: ScoreReport; durationMs: number },
): Promise<AfterScoring> {
  const { text, digest } = canonicalReport(report);
  const metrics = { public: report.splits.public, private: report.splits.private };
  return inTransaction<AfterScoring>(db, async (tx) => {
    await fencedUpdate(tx, claim, {
      ...ended,
      state: "SCORED",
      metrics,
      scorer: report.scorer,
      problem: null,
      reportDigest: digest,
      durationMs: Math.round(durationMs),
    });
    const stored = { scoringId: claim.id, report: text };
    await tx.insert(scoringReports).values(stored).onDuplicateKeyUpdate({ set: stored });
    const changed =
      claim.standing === null ? await projectScore(tx, claim, metrics) : await replaced(tx, claim, metrics);
    await boardChanged(tx, claim, changed);
    await learnDuration(tx, claim.competitionId, durationMs);
    // A score in the place of another has resamples of its own, though no place changes.
    await markBoards(tx, claim.evaluationId, claim.standing === null ? changed : splits);
    if (!claim.rescoring) await tellVerdict(tx, claim, { state: "SCORED" });
    return "SCORED";
  });
}

const noMetrics: StoredMetrics = { public: null, private: null };

/** Where the score that stood was their best, that is looked for anew; else their others need not be read. */
async function replaced(tx: Tx, claim: ScoringClaim, metrics: StoredMetrics): Promise<readonly Split[]> {
  await lockEntrant(tx, claim);
  if (!(await hasEntry(tx, claim))) return projectScore(tx, claim, metrics);
  const evaluation = { id: claim.evaluationId, manifest: claim.manifest };
  const { changed } = await rebuildEntries(tx, evaluation, [claim.userId]);
  return changed.map(({ split }) => split);
}

/** A change of the private board alone is told to nobody before it is revealed: when it came would say something. */
async function boardChanged(tx: Tx, claim: ScoringClaim, changed: readonly Split[]): Promise<void> {
  if (changed.length === 0) return;
  const [evaluation] = await tx
    .select({ revealedAt: evaluations.revealedAt })
    .from(evaluations)
    .where(eq(evaluations.id, claim.evaluationId));
  if (changed.includes("public") || evaluation?.revealedAt) await competitionChanged(tx, claim.competition);
}

/** The newest counts for a quarter, so that the mean follows within some scorings. */
async function learnDuration(tx: Tx, competitionId: number, durationMs: number): Promise<void> {
  const newest = Math.round(durationMs);
  await tx
    .update(competitionQueues)
    .set({
      meanMs: sql`round(coalesce(${competitionQueues.meanMs} * 0.75 + ${newest} * 0.25, ${newest}))`,
    })
    .where(eq(competitionQueues.competitionId, competitionId));
}

function settleRejected(
  db: Db,
  claim: ScoringClaim,
  { problem, scorer, durationMs }: { problem: RejectionProblem; scorer: string; durationMs: number },
): Promise<AfterScoring> {
  return inTransaction<AfterScoring>(db, async (tx) => {
    await fencedUpdate(tx, claim, {
      ...ended,
      state: "REJECTED",
      problem,
      scorer,
      durationMs: Math.round(durationMs),
      ...{ metrics: null, reportDigest: null },
    });
    if (claim.standing !== null) {
      await tx.delete(scoringReports).where(eq(scoringReports.scoringId, claim.id));
      await boardChanged(tx, claim, await replaced(tx, claim, noMetrics));
      await markBoards(tx, claim.evaluationId, splits);
    }
    if (isTold(claim)) {
      const { line, case: id } = problem;
      const detail = withCase(problem.detail, id);
      await tellVerdict(tx, claim, { state: "REJECTED", detail, ...(line === undefined ? {} : { line }) });
    }
    return "REJECTED";
  });
}

function settleFailed(
  db: Db,
  claim: ScoringClaim,
  { failure, retry, bound }: { failure: string; retry: boolean; bound?: RejectionProblem },
): Promise<AfterScoring> {
  const counted = bound ? { overBounds: claim.overBounds + 1 } : { failures: claim.failures + 1 };
  const nextMs = bound
    ? retryAfterMs(claim.overBounds + 1, boundTries)
    : retryAfterMs(claim.failures + 1, maxFailures);
  const delayMs = retry ? nextMs : null;
  const told = bound && delayMs === null && withoutVerdict(claim) === "FAILED" ? { problem: bound } : {};
  return inTransaction<AfterScoring>(db, async (tx) => {
    await fencedUpdate(tx, claim, { ...afterFailure(failure, delayMs, claim), ...counted, ...told });
    if (delayMs !== null) return "QUEUED";
    await auditFailure(tx, claim.submission, failure, claim.attempts);
    if (isGivenUp(claim))
      await tellVerdict(tx, claim, { state: "FAILED", ...(bound ? { detail: bound.detail } : {}) });
    await tellFailure(tx, claim, failure);
    return withoutVerdict(claim);
  });
}

/** Whether somebody is left without a verdict by it. Of what a new evaluation scores anew they are told when all is. */
export function isGivenUp(claim: Standing & Pick<ScoringClaim, "rescoring">): boolean {
  return !claim.rescoring && withoutVerdict(claim) === "FAILED";
}

/** A rejection that is news, and none of a new evaluation's first look at old submissions. */
function isTold({ rescoring, standing, rejection }: Standing & Pick<ScoringClaim, "rescoring">): boolean {
  return rejection === null && (!rescoring || standing !== null);
}

type Standing = Pick<ScoringClaim, "standing" | "rejection">;

/** What a scoring is that is given up: the verdict that it had before stands. */
function withoutVerdict({ standing, rejection }: Standing): "SCORED" | "REJECTED" | "FAILED" {
  if (standing !== null) return "SCORED";
  return rejection === null ? "FAILED" : "REJECTED";
}

/** The columns of a scoring that failed: it waits for another try, or is given up. */
export function afterFailure(
  failure: string,
  delayMs: number | null,
  before: Standing,
): MySqlUpdateSetSource<typeof scorings> {
  const text = failure.slice(0, maxFailureLength);
  if (delayMs !== null) {
    const { nextAttemptAt: retryAt } = dueAgainIn(delayMs);
    return { ...released, state: "QUEUED", failure: text, retryAt };
  }
  const state = withoutVerdict(before);
  const finished = state === "FAILED" ? { finishedAt: dbNow } : {};
  return { ...released, ...finished, state, failure: text, failedAt: dbNow };
}

/** A scoring that is given up is on record. */
export function auditFailure(tx: Tx, submission: string, failure: string, attempts: number): Promise<void> {
  return recordAudit(tx, systemAuditor, {
    action: "submission.failed",
    resource: submission,
    detail: { failure, attempts },
  });
}

/** Far from the submission's page, what is said of "this case" says nothing. */
function withCase(detail: string, id: string | undefined): string {
  return id === undefined || detail.includes(id)
    ? detail
    : `Case ${id}: ${detail}`.slice(0, maxTextLength.submitter);
}
