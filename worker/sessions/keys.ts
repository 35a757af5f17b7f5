import type { Logger } from "@/lib/kernel/log";
import {
  releaseClaim,
  releaseOvertaken,
  retryLater,
  type SessionClaim,
} from "@/lib/sessions/lifecycle/claim";
import { recordKeysPushed } from "@/lib/sessions/lifecycle/keys";
import { backoffMs } from "@/lib/sessions/rules";
import type { WorkerDeps } from "../deps";
import { classify } from "../failures";
import { fleetMs, overtakenMs, silentHostMs } from "../tunables";

/**
 * Brings a running session's authorised keys up to date; tried for ever, since a removed key must not keep its access.
 * @throws ClaimLost
 */
export async function pushKeys(deps: WorkerDeps, claim: SessionClaim, log: Logger): Promise<void> {
  const { session } = claim;
  try {
    await deps.agent.call("session.pushKeys", {
      installationId: deps.installationId,
      slug: session.slug,
      generation: claim.generation,
      authorizedKeys: [...claim.authorizedKeys],
    });
  } catch (error) {
    const failure = classify(error);
    log.warn({ err: error, failure: failure.kind }, "The keys could not be pushed.");
    const { attempts } = session;
    if (failure.kind === "lost") return releaseOvertaken(deps.db, claim, overtakenMs);
    if (failure.kind === "wait") {
      return retryLater(deps.db, claim, { condition: failure.condition, attempts, delayMs: silentHostMs });
    }
    // A container that is gone is the fleet round's to judge.
    if (failure.kind === "fatal") return releaseClaim(deps.db, claim, fleetMs);
    const condition = "The changed SSH keys have not reached the session yet.";
    return retryLater(deps.db, claim, { condition, attempts: attempts + 1, delayMs: backoffMs(attempts) });
  }
  await recordKeysPushed(deps.db, claim);
  log.info({ keys: claim.authorizedKeys.length }, "Keys pushed.");
}
