import { databaseOutage } from "@/db/failures";
import { assertNever } from "@/lib/kernel/assert";
import type { Logger } from "@/lib/kernel/log";
import {
  ClaimLost,
  claimDueSessions,
  releaseClaim,
  renewClaim,
  retryLater,
  type SessionClaim,
} from "@/lib/sessions/lifecycle/claim";
import { failStart } from "@/lib/sessions/lifecycle/start";
import type { SessionState } from "@/lib/sessions/model";
import { backoffMs } from "@/lib/sessions/rules";
import type { WorkerDeps } from "../deps";
import { workerFailed } from "../failures";
import type { Runner } from "../runner";
import { setbackMs } from "../tunables";
import { type ClaimedDeps, underClaim } from "../under-claim";
import { pushKeys } from "./keys";
import { attemptsAllowed, startSession } from "./start";
import { endSession } from "./stop";

function act(deps: ClaimedDeps, claim: SessionClaim, log: Logger): Promise<void> {
  switch (claim.session.state) {
    case "STARTING":
      return startSession(deps, claim, log);
    case "STOPPING":
      return endSession(deps, claim, log);
    case "RUNNING":
      return pushKeys(deps, claim, log);
    case "STOPPED":
    case "ERROR":
      throw new Error(`Session ${claim.session.slug} was claimed after its end.`);
    default:
      return assertNever(claim.session.state);
  }
}

/** Acts on one claim, renewing it meanwhile. Never rejects. */
async function carryOut(deps: WorkerDeps, claim: SessionClaim): Promise<void> {
  const { slug, userId, state } = claim.session;
  const log = deps.log.child({ slug, userId, generation: claim.generation });
  const hold = { renew: () => renewClaim(deps.db, claim), lost: () => new ClaimLost(slug) };
  try {
    log.debug({ state }, "Claimed.");
    await underClaim(deps, log, hold, (held) => act(held, claim, log));
  } catch (error) {
    if (error instanceof ClaimLost) {
      log.info("Taken over by a stop or another worker.");
      return;
    }
    log.error({ err: error }, "Could not carry on.");
    await setBack(deps, claim, error).catch((cause: unknown) =>
      log.warn({ err: cause }, "Claim not released; it runs out by itself."),
    );
  }
}

/**
 * After a failure that the agent didn't tell of. A database that is away is no failure of the session; anything else is
 * counted and shown, and a start is given up in the end. Stops and running sessions never are.
 */
function setBack({ db }: WorkerDeps, claim: SessionClaim, error: unknown): Promise<void> {
  if (databaseOutage(error) !== undefined) return releaseClaim(db, claim, setbackMs);
  const { state, attempts } = claim.session;
  if (state === "STARTING" && attempts + 1 >= attemptsAllowed(claim)) {
    return failStart(db, claim, workerFailed);
  }
  const delayMs = Math.max(setbackMs, backoffMs(attempts));
  return retryLater(db, claim, { condition: workerFailed, attempts: attempts + 1, delayMs });
}

/** Claims what is due in one of `states`, as much as may run beside what runs, and sets it going. */
export function sessionsRound(
  deps: WorkerDeps,
  runner: Runner,
  states: readonly SessionState[],
): () => Promise<void> {
  return async () => {
    const free = runner.free();
    if (free <= 0) return;
    const claims = await claimDueSessions(deps.db, deps.owner, free, states);
    for (const { session } of claims) deps.metrics.observeClaim(session.nextAttemptAt);
    for (const claim of claims) runner.start(() => carryOut(deps, claim));
  };
}
