import { assertNever } from "@/lib/kernel/assert";
import type { Logger } from "@/lib/kernel/log";
import {
  ClaimLost,
  claimDueSessions,
  releaseClaim,
  renewClaim,
  type SessionClaim,
} from "@/lib/sessions/lifecycle/claim";
import type { WorkerDeps } from "../deps";
import type { Runner } from "../runner";
import { renewEveryMs, setbackMs } from "../tunables";
import { pushKeys } from "./keys";
import { startSession } from "./start";
import { endSession } from "./stop";

function act(deps: WorkerDeps, claim: SessionClaim, log: Logger): Promise<void> {
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
  const renewal = setInterval(() => {
    renewClaim(deps.db, claim).catch((error: unknown) => log.warn({ err: error }, "Claim not renewed."));
  }, renewEveryMs);
  try {
    log.debug({ state }, "Claimed.");
    await act(deps, claim, log);
  } catch (error) {
    if (error instanceof ClaimLost) log.info("Taken over by a stop or another worker.");
    else {
      log.error({ err: error }, "Could not carry on; the session stays due.");
      await releaseClaim(deps.db, claim, setbackMs).catch((cause: unknown) =>
        log.warn({ err: cause }, "Claim not released; it runs out by itself."),
      );
    }
  } finally {
    clearInterval(renewal);
  }
}

/** Claims what is due, as much as may run beside what runs, and sets it going. */
export function sessionsRound(deps: WorkerDeps, runner: Runner): () => Promise<void> {
  return async () => {
    const free = runner.free();
    if (free <= 0) return;
    const claims = await claimDueSessions(deps.db, deps.owner, free);
    for (const { session } of claims) deps.metrics.observeClaim(session.nextAttemptAt);
    for (const claim of claims) runner.start(() => carryOut(deps, claim));
  };
}
