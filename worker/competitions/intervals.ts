import { databaseOutage } from "@/db/failures";
import {
  advanceBoard,
  type BoardClaim,
  BoardLost,
  claimBoard,
  failBoard,
  releaseBoard,
  renewBoard,
} from "@/lib/competitions/intervals/boards";
import {
  type BootstrapClaim,
  BootstrapLost,
  type BootstrapVerdict,
  claimBootstrap,
  releaseBootstrap,
  renewBootstrap,
  scoringsWait,
  settleBootstrap,
} from "@/lib/competitions/intervals/bootstraps";
import type { Logger } from "@/lib/kernel/log";
import { ScorerAway, ScorerLost } from "../adapters/scorer";
import { workerFailed } from "../failures";
import type { Runner } from "../runner";
import { giveWayMs, pollMs, scorerAwayMs } from "../tunables";
import { whileHeld } from "../under-claim";
import { Ending, persist, type ScoringDeps } from "./desk";
import { bootstrapVerdictOf } from "./outcome";

/** Somebody waits for a score: what nobody waits for leaves the scorer to them. */
class GivesWay extends Error {
  override readonly name = "GivesWay";
}

/** Calls `end` as soon as a submission waits. @returns what ends the watch */
function watchForScorings({ db }: ScoringDeps, log: Logger, end: () => void): () => void {
  const watch = setInterval(() => {
    scoringsWait(db).then(
      (wait) => {
        if (wait) end();
      },
      (error: unknown) => log.warn({ err: error }, "Not known whether a submission waits."),
    );
  }, giveWayMs);
  return () => clearInterval(watch);
}

/** @throws BootstrapLost, ScorerAway, Ending, GivesWay */
async function judge(
  deps: ScoringDeps,
  claim: BootstrapClaim,
  log: Logger,
  held: AbortSignal,
): Promise<BootstrapVerdict> {
  const way = new AbortController();
  const unwatch = watchForScorings(deps, log, () => way.abort(new GivesWay()));
  const job = { job: "bootstrap", submission: claim.digests.submission, lowPriority: true } as const;
  try {
    const answer = await deps.desk.run(claim.evaluation, job, AbortSignal.any([held, way.signal]));
    return bootstrapVerdictOf(answer, claim.attempts);
  } catch (error) {
    if (error instanceof ScorerAway || !(error instanceof ScorerLost)) throw error;
    return { outcome: "failed", failure: error.message, retry: true };
  } finally {
    unwatch();
  }
}

/** As a scoring's `putDown`. */
async function putDown(
  { db }: ScoringDeps,
  claim: BootstrapClaim,
  error: unknown,
  log: Logger,
): Promise<void> {
  if (error instanceof BootstrapLost)
    return log.info("Taken over by another worker, or not needed any more.");
  if (error instanceof Ending) return releaseBootstrap(db, claim, 0);
  if (error instanceof GivesWay) {
    log.debug("Gives way to a submission.");
    return releaseBootstrap(db, claim, pollMs);
  }
  if (error instanceof ScorerAway) {
    log.warn({ reason: error.message }, "The scorer is away.");
    return releaseBootstrap(db, claim, scorerAwayMs);
  }
  if (databaseOutage(error) !== undefined) throw error;
  log.error({ err: error }, "Could not carry on.");
  await settleBootstrap(db, claim, { outcome: "failed", failure: workerFailed, retry: true });
}

/** Has one submission's resamples scored. Never rejects. */
async function carryOut(deps: ScoringDeps, claim: BootstrapClaim): Promise<void> {
  const { db } = deps;
  const { submission, competition, evaluation } = claim;
  const log = deps.log.child({ submission, competition, evaluation });
  const hold = { renew: () => renewBootstrap(db, claim), lost: () => new BootstrapLost() };
  const startedAt = performance.now();
  try {
    const { verdict, state } = await whileHeld(log, hold, async (signal) => {
      const verdict = await judge(deps, claim, log, signal);
      return { verdict, state: await persist(() => settleBootstrap(db, claim, verdict)) };
    });
    const facts = { state, attempts: claim.attempts, tookMs: Math.round(performance.now() - startedAt) };
    if (verdict.outcome === "failed") log.warn({ ...facts, failure: verdict.failure }, "Not bootstrapped.");
    else log.info(facts, "Bootstrapped.");
  } catch (error) {
    await putDown(deps, claim, error, log).catch((cause: unknown) =>
      log.warn({ err: cause }, "Claim not given back; it runs out by itself."),
    );
  }
}

/** Claims submissions whose resamples are to be scored; none while anybody waits for a score, or the scorer is away. */
export function bootstrapsRound(deps: ScoringDeps, runner: Runner): () => Promise<void> {
  return async () => {
    while (runner.free() > 0 && deps.desk.isOpen && !(await scoringsWait(deps.db))) {
      const claim = await claimBootstrap(deps.db, deps.owner);
      if (claim === null) return;
      runner.start(() => carryOut(deps, claim));
    }
  };
}

async function advance(deps: ScoringDeps, claim: BoardClaim, wake: () => void): Promise<void> {
  const { db } = deps;
  const log = deps.log.child({ competition: claim.competition.slug, split: claim.split });
  const hold = { renew: () => renewBoard(db, claim), lost: () => new BoardLost() };
  try {
    const waiting = await whileHeld(log, hold, () => advanceBoard(db, claim));
    if (waiting === 0) return log.info("Intervals computed.");
    wake();
    await releaseBoard(db, claim, pollMs);
  } catch (error) {
    if (error instanceof BoardLost) return log.info("Taken over by another worker.");
    if (databaseOutage(error) !== undefined) throw error;
    log.error({ err: error }, "Intervals not computed.");
    await failBoard(db, claim, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Makes the intervals of boards that have changed, one after the other.
 * @param wake called when resamples are to be scored first
 */
export function intervalsRound(deps: ScoringDeps, wake: () => void): () => Promise<void> {
  return async () => {
    for (;;) {
      const claim = await claimBoard(deps.db, deps.owner);
      if (claim === null) return;
      await advance(deps, claim, wake);
    }
  };
}
