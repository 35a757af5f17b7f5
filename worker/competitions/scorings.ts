import { databaseOutage } from "@/db/failures";
import {
  claimScoring,
  renewScoring,
  type ScoringClaim,
  ScoringLost,
} from "@/lib/competitions/lifecycle/claim";
import { releaseScoring } from "@/lib/competitions/lifecycle/recover";
import { settleScoring, type Verdict } from "@/lib/competitions/lifecycle/settle";
import { coarseMs, hidesTime } from "@/lib/competitions/rules";
import type { Logger } from "@/lib/kernel/log";
import { ScorerAway, ScorerLost } from "../adapters/scorer";
import { workerFailed } from "../failures";
import type { Runner } from "../runner";
import { scorerAwayMs } from "../tunables";
import { whileHeld } from "../under-claim";
import { Ending, persist, type ScoringDeps } from "./desk";
import { verdictOf } from "./outcome";

/** Has a claimed submission scored. @throws ScoringLost, ScorerAway, Ending */
async function judge({ desk }: ScoringDeps, claim: ScoringClaim, signal: AbortSignal): Promise<Verdict> {
  const startedAt = performance.now();
  const job = { job: "score", submission: claim.digests.submission } as const;
  try {
    const answer = await desk.run(claim.evaluation, job, signal);
    const tookMs = performance.now() - startedAt;
    if (!hidesTime({ ...claim, task: claim.manifest.task })) return verdictOf(answer, tookMs);
    const toldMs = coarseMs(tookMs);
    await desk.wait(toldMs - tookMs, signal);
    const told = answer.outcome === "scored" ? { ...answer, durationMs: toldMs } : answer;
    return verdictOf(told, toldMs);
  } catch (error) {
    if (error instanceof ScorerAway || !(error instanceof ScorerLost)) throw error;
    return { outcome: "failed", failure: error.message, retry: true };
  }
}

/** From the claim to the verdict's being written. */
async function score(deps: ScoringDeps, claim: ScoringClaim, log: Logger): Promise<void> {
  const { db, metrics } = deps;
  const hold = { renew: () => renewScoring(db, claim), lost: () => new ScoringLost() };
  const startedAt = performance.now();
  const { verdict, state } = await whileHeld(log, hold, async (signal) => {
    const verdict = await judge(deps, claim, signal);
    return { verdict, state: await persist(() => settleScoring(db, claim, verdict)) };
  });
  const tookMs = Math.round(performance.now() - startedAt);
  metrics.observeScoring(state === "QUEUED" ? "retried" : state.toLowerCase(), tookMs / 1_000);
  const facts = { state, attempts: claim.attempts, tookMs };
  if (verdict.outcome === "failed") log.warn({ ...facts, failure: verdict.failure }, "Not scored.");
  else log.info(facts, "Settled.");
}

/**
 * Gives a claim back. A scorer that is away is not the submission's doing and counts as no try. With the database away
 * the claim runs out, which counts: what seems to be its being away may be a verdict that it doesn't take.
 */
async function putDown({ db }: ScoringDeps, claim: ScoringClaim, error: unknown, log: Logger): Promise<void> {
  if (error instanceof ScoringLost) return log.info("Taken over by another worker.");
  if (error instanceof Ending) return releaseScoring(db, claim, 0);
  if (error instanceof ScorerAway) {
    log.warn({ reason: error.message }, "The scorer is away.");
    return releaseScoring(db, claim, scorerAwayMs);
  }
  if (databaseOutage(error) !== undefined) throw error;
  log.error({ err: error }, "Could not carry on.");
  await settleScoring(db, claim, { outcome: "failed", failure: workerFailed, retry: true });
}

/** Acts on one claim. Never rejects. */
async function carryOut(deps: ScoringDeps, claim: ScoringClaim): Promise<void> {
  const { submission, competition, evaluation, userId } = claim;
  const log = deps.log.child({ submission, competition: competition.slug, evaluation, userId });
  const done = deps.metrics.scoringBegins();
  try {
    await score(deps, claim, log);
  } catch (error) {
    await putDown(deps, claim, error, log).catch((cause: unknown) =>
      log.warn({ err: cause }, "Claim not given back; it runs out by itself."),
    );
  } finally {
    done();
  }
}

/** Claims whose turn it is, as many as may run beside what runs, and sets them going; none while the scorer is away. */
export function scoringsRound(deps: ScoringDeps, runner: Runner): () => Promise<void> {
  return async () => {
    while (runner.free() > 0 && deps.desk.isOpen) {
      const claim = await claimScoring(deps.db, deps.owner);
      if (claim === null) return;
      runner.start(() => carryOut(deps, claim));
    }
  };
}
