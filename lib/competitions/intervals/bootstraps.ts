import { and, asc, type Column, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { competitions, evaluations, scoringBootstraps, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { newToken, scoringLeaseMs } from "../lifecycle/claim";
import { differingDigests } from "../lifecycle/report";
import { splits } from "../model";
import { maxFailures, maxLostClaims, retryAfterMs } from "../rules";
import type { BootstrapReport } from "../scoring/bootstrap/files";
import { packReplicates } from "./replicates";

/** Whether a submission waits or is being scored: then nothing else is asked of the scorer. */
export async function scoringsWait(db: Db): Promise<boolean> {
  const [first] = await db
    .select({ id: scorings.id })
    .from(scorings)
    .where(or(eq(scorings.state, "SCORING"), and(eq(scorings.state, "QUEUED"), isNull(scorings.retryAt))))
    .limit(1);
  return first !== undefined;
}

/** Claims of these queues that are free, or were not renewed. */
export function leaseFree(claimExpiresAt: Column): SQL | undefined {
  return or(isNull(claimExpiresAt), dueBy(claimExpiresAt, scoringLeaseMs));
}

function claimedRow(tx: Tx, scoringId: number) {
  return tx
    .select({
      scoringId: scoringBootstraps.scoringId,
      attempts: scoringBootstraps.attempts,
      submission: submissions.publicId,
      evaluation: evaluations.publicId,
      competition: competitions.slug,
      manifest: evaluations.manifest,
      metrics: scorings.metrics,
      /** What a report must be of. */
      digests: {
        evaluation: evaluations.evaluationDigest,
        truth: evaluations.truthDigest,
        submission: submissions.sha256,
      },
    })
    .from(scoringBootstraps)
    .innerJoin(scorings, eq(scorings.id, scoringBootstraps.scoringId))
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .innerJoin(evaluations, eq(evaluations.id, scorings.evaluationId))
    .innerJoin(competitions, eq(competitions.id, scorings.competitionId))
    .where(eq(scoringBootstraps.scoringId, scoringId));
}

/** A scoring whose resamples are to be scored. */
export type BootstrapClaim = Awaited<ReturnType<typeof claimedRow>>[number] & { readonly token: string };

/** The claim ran out and went to another worker, or another score has come. */
export class BootstrapLost extends Error {
  override readonly name = "BootstrapLost";
}

/** Claims the one that has waited longest; null when there is none, or what is there is at other workers. */
export async function claimBootstrap(db: Db, owner: string): Promise<BootstrapClaim | null> {
  for (;;) {
    const claimed = await inTransaction(db, (tx) => claimNext(tx, owner));
    if (claimed !== "given up") return claimed;
  }
}

async function claimNext(tx: Tx, owner: string): Promise<BootstrapClaim | "given up" | null> {
  const b = scoringBootstraps;
  const [next] = await tx
    .select({ id: b.scoringId, attempts: b.attempts })
    .from(b)
    .where(and(eq(b.state, "DUE"), dueForClaim(b.nextAttemptAt), leaseFree(b.claimExpiresAt)))
    .orderBy(asc(b.nextAttemptAt), asc(b.scoringId))
    .limit(1)
    .for("update", { skipLocked: true });
  if (!next) return null;
  const one = eq(b.scoringId, next.id);
  if (next.attempts >= maxLostClaims) {
    await tx.update(b).set(givenUp("The worker that made it ended each time.")).where(one);
    return "given up";
  }
  const token = newToken(owner);
  await tx
    .update(b)
    .set({
      claimOwner: token,
      claimExpiresAt: dbNowPlus(scoringLeaseMs),
      attempts: sql`${b.attempts} + 1`,
    })
    .where(one);
  const [row] = await claimedRow(tx, next.id);
  return { ...required(row, "the bootstrap just claimed"), token };
}

function fenced({ scoringId, token }: BootstrapClaim): SQL | undefined {
  return and(
    eq(scoringBootstraps.scoringId, scoringId),
    eq(scoringBootstraps.claimOwner, token),
    eq(scoringBootstraps.state, "DUE"),
  );
}

async function fencedUpdate(
  db: Db,
  claim: BootstrapClaim,
  set: MySqlUpdateSetSource<typeof scoringBootstraps>,
): Promise<void> {
  const [result] = await db.update(scoringBootstraps).set(set).where(fenced(claim));
  if (result.affectedRows === 0) throw new BootstrapLost();
}

/** False when the claim is lost. */
export async function renewBootstrap(db: Db, claim: BootstrapClaim): Promise<boolean> {
  const [result] = await db
    .update(scoringBootstraps)
    .set({ claimExpiresAt: dbNowPlus(scoringLeaseMs) })
    .where(fenced(claim));
  return result.affectedRows === 1;
}

/** Gives a claim back untried, to be taken again after `delayMs`. @throws BootstrapLost */
export function releaseBootstrap(db: Db, claim: BootstrapClaim, delayMs: number): Promise<void> {
  return fencedUpdate(db, claim, {
    ...dueAgainIn(delayMs),
    attempts: sql`${scoringBootstraps.attempts} - 1`,
  });
}

const released = { claimOwner: null, claimExpiresAt: null } as const;

const givenUp = (failure: string) =>
  ({ ...released, state: "FAILED", failure: failure.slice(0, 1000), finishedAt: dbNow }) as const;

/** What came of a submission's resamples. */
export type BootstrapVerdict =
  | { readonly outcome: "bootstrapped"; readonly report: BootstrapReport }
  /** Ours. Without `retry` another try would be no better. */
  | { readonly outcome: "failed"; readonly failure: string; readonly retry: boolean };

/**
 * Writes what the scorer made of it. What is of other files, or of another score than the one on record, is a failure; a
 * failure is tried again after a pause, `maxFailures` times.
 * @returns whether it is done, to be tried again, or given up
 * @throws BootstrapLost when another worker has it: nothing is written
 */
export async function settleBootstrap(
  db: Db,
  claim: BootstrapClaim,
  verdict: BootstrapVerdict,
): Promise<"DONE" | "DUE" | "FAILED"> {
  if (verdict.outcome === "failed") return settleFailed(db, claim, verdict.failure, verdict.retry);
  const objection = objectionTo(claim, verdict.report);
  if (objection !== null) return settleFailed(db, claim, objection, true);
  const { splits: made } = verdict.report;
  await fencedUpdate(db, claim, {
    ...released,
    state: "DONE",
    failure: null,
    finishedAt: dbNow,
    publicValues: made.public && packReplicates(made.public.values),
    privateValues: made.private && packReplicates(made.private.values),
  });
  return "DONE";
}

function objectionTo({ digests, metrics, manifest }: BootstrapClaim, report: BootstrapReport): string | null {
  const differing = differingDigests(report, digests);
  if (differing.length > 0) return `The resamples are of another ${differing.join(" and ")}.`;
  const name = manifest.primary.metric;
  const wrong = splits.find(
    (split) => (report.splits[split]?.score ?? null) !== (metrics?.[split]?.[name] ?? null),
  );
  if (wrong === undefined) return null;
  return `The ${wrong} ${name} is ${report.splits[wrong]?.score} by the resamples' program, and not the one on record.`;
}

async function settleFailed(
  db: Db,
  claim: BootstrapClaim,
  failure: string,
  retry: boolean,
): Promise<"DUE" | "FAILED"> {
  const delayMs = retry ? retryAfterMs(claim.attempts, maxFailures) : null;
  if (delayMs === null) {
    await fencedUpdate(db, claim, givenUp(failure));
    return "FAILED";
  }
  await fencedUpdate(db, claim, { ...dueAgainIn(delayMs), failure: failure.slice(0, 1000) });
  return "DUE";
}

/** Has what was given up tried again, of a competition's scores that stand. */
export async function retryBootstraps(tx: Tx, competitionId: number): Promise<void> {
  const ofCompetition = sql`${scoringBootstraps.scoringId} in (select s.id from ${scorings} s
    where s.competition_id = ${competitionId} and s.report_digest is not null)`;
  await tx
    .update(scoringBootstraps)
    .set({ state: "DUE", attempts: 0, nextAttemptAt: dbNow })
    .where(and(eq(scoringBootstraps.state, "FAILED"), ofCompetition));
}
