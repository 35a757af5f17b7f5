import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { releaseOvertaken, retryLater, type SessionClaim } from "@/lib/sessions/lifecycle/claim";
import { makeRoom, markStopped } from "@/lib/sessions/lifecycle/stop";
import { backoffMs } from "@/lib/sessions/rules";
import type { WorkerDeps } from "../deps";
import { classify, type Failure } from "../failures";
import { keepLog } from "../telemetry/logs";
import { overtakenMs, prunedAtOnce, silentHostMs, stopGraceSeconds } from "../tunables";
import type { ClaimedDeps } from "../under-claim";
import { measureWorkspace } from "../workspaces/measure";
import { prune } from "../workspaces/prune";

/**
 * Container exits → snapshot → removed → STOPPED or ERROR. Tried for ever: until the agent has confirmed that the container
 * is gone, its GPU and port are not free.
 * @throws ClaimLost
 */
export async function endSession(deps: ClaimedDeps, claim: SessionClaim, log: Logger): Promise<void> {
  const { session, workspace } = claim;
  const { installationId } = deps;
  const { identity } = workspace;
  // The last chance: with the container goes its log.
  await keepLog(deps, session);
  try {
    const outcome = await deps.agent.call("session.stop", {
      installationId,
      slug: session.slug,
      generation: claim.generation,
      snapshotId: identity === null ? null : session.stopSnapshotId,
      workspace:
        identity === null
          ? null
          : {
              installationId,
              workspaceId: workspace.publicId,
              datasetGeneration: session.workspaceGeneration,
              identity,
            },
      graceSeconds: stopGraceSeconds,
    });
    await markStopped(deps.db, claim, outcome);
    log.info({ snapshot: outcome.snapshot?.snapshotId ?? null, err: outcome.snapshotError }, "Stopped.");
  } catch (error) {
    const failure = classify(error);
    log.warn({ err: error, failure: failure.kind }, "The stop did not succeed.");
    await settle(deps, claim, failure, errorText(error));
    return;
  }
  if (identity !== null) deps.aside(() => clearUp(deps.unclaimed, claim, identity, log));
}

/**
 * Keeps one person's stops from filling the pool, then measures. A failure is logged: what was given up goes with the
 * next stop.
 */
async function clearUp(deps: WorkerDeps, claim: SessionClaim, identity: string, log: Logger): Promise<void> {
  const { workspace } = claim;
  try {
    const room = await makeRoom(deps.db, claim, prunedAtOnce);
    if (room) await prune(deps, { ...workspace, identity, generation: room.generation }, room.snapshotIds);
  } catch (error) {
    log.warn({ err: error }, "Old snapshots not removed.");
  }
  await measureWorkspace(deps, { ...workspace, generation: claim.session.workspaceGeneration });
}

async function settle(deps: WorkerDeps, claim: SessionClaim, failure: Failure, text: string): Promise<void> {
  if (failure.kind === "lost") return releaseOvertaken(deps.db, claim, overtakenMs);
  const { attempts } = claim.session;
  if (failure.kind === "wait") {
    return retryLater(deps.db, claim, { condition: failure.condition, attempts, delayMs: silentHostMs });
  }
  const condition = `Stopping did not succeed yet: ${text}`;
  return retryLater(deps.db, claim, { condition, attempts: attempts + 1, delayMs: backoffMs(attempts) });
}
