import { databaseOutage } from "@/db/failures";
import {
  type CheckClaim,
  CheckLost,
  type CheckVerdict,
  claimCheck,
  releaseCheck,
  renewCheck,
  settleCheck,
} from "@/lib/competitions/lifecycle/check";
import type { Logger } from "@/lib/kernel/log";
import { ScorerAway, ScorerLost } from "../adapters/scorer";
import { workerFailed } from "../failures";
import type { Runner } from "../runner";
import { scorerAwayMs } from "../tunables";
import { whileHeld } from "../under-claim";
import { Ending, persist, type ScoringDeps } from "./desk";
import { checkVerdictOf } from "./outcome";

/** @throws CheckLost, ScorerAway, Ending */
async function judge({ desk }: ScoringDeps, claim: CheckClaim, signal: AbortSignal): Promise<CheckVerdict> {
  try {
    return checkVerdictOf(await desk.run(claim.publicId, { job: "check" }, signal));
  } catch (error) {
    if (error instanceof ScorerAway || !(error instanceof ScorerLost)) throw error;
    return { outcome: "failed", failure: error.message };
  }
}

/** As a scoring's `putDown`. */
async function putDown({ db }: ScoringDeps, claim: CheckClaim, error: unknown, log: Logger): Promise<void> {
  if (error instanceof CheckLost) return log.info("Taken over by another worker.");
  if (error instanceof Ending) return releaseCheck(db, claim, 0);
  if (error instanceof ScorerAway) {
    log.warn({ reason: error.message }, "The scorer is away.");
    return releaseCheck(db, claim, scorerAwayMs);
  }
  if (databaseOutage(error) !== undefined) throw error;
  log.error({ err: error }, "Could not carry on.");
  await settleCheck(db, claim, { outcome: "failed", failure: workerFailed });
}

/** Acts on one evaluation to be checked. Never rejects. */
async function carryOut(deps: ScoringDeps, claim: CheckClaim): Promise<void> {
  const { db } = deps;
  const log = deps.log.child({ evaluation: claim.publicId, competition: claim.competition.slug });
  const hold = { renew: () => renewCheck(db, claim), lost: () => new CheckLost() };
  try {
    const { verdict, state } = await whileHeld(log, hold, async (signal) => {
      const verdict = await judge(deps, claim, signal);
      return { verdict, state: await persist(() => settleCheck(db, claim, verdict)) };
    });
    const why = verdict.outcome === "scored" ? {} : verdict;
    log[state === "READY" ? "info" : "warn"]({ state, ...why }, "Evaluation checked.");
  } catch (error) {
    await putDown(deps, claim, error, log).catch((cause: unknown) =>
      log.warn({ err: cause }, "Claim not given back; it runs out by itself."),
    );
  }
}

/** Claims evaluations that are to be checked, as many as may run beside what runs; none while the scorer is away. */
export function checksRound(deps: ScoringDeps, runner: Runner): () => Promise<void> {
  return async () => {
    while (runner.free() > 0 && deps.desk.isOpen) {
      const claim = await claimCheck(deps.db, deps.owner);
      if (claim === null) return;
      runner.start(() => carryOut(deps, claim));
    }
  };
}
