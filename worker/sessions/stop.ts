import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { releaseOvertaken, retryLater, type SessionClaim } from "@/lib/sessions/lifecycle/claim";
import { markStopped, recordSnapshotsPruned } from "@/lib/sessions/lifecycle/stop";
import { backoffMs } from "@/lib/sessions/rules";
import { surplusStopSnapshots } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";
import { classify, type Failure } from "../failures";
import { overtakenMs, prunedAtOnce, silentHostMs, stopGraceSeconds } from "../tunables";
import type { ClaimedDeps } from "../under-claim";
import { measureWorkspace } from "../workspaces/measure";

/**
 * Container exits → snapshot → removed → STOPPED or ERROR. Tried for ever: until the agent has confirmed that the container
 * is gone, its GPU and port are not free.
 * @throws ClaimLost
 */
export async function endSession(deps: ClaimedDeps, claim: SessionClaim, log: Logger): Promise<void> {
  const { session, workspace } = claim;
  const { installationId } = deps;
  const known = workspace.identity !== null;
  try {
    const outcome = await deps.agent.call("session.stop", {
      installationId,
      slug: session.slug,
      generation: claim.generation,
      snapshotId: known ? session.stopSnapshotId : null,
      workspace:
        workspace.identity === null
          ? null
          : {
              installationId,
              workspaceId: workspace.publicId,
              datasetGeneration: session.workspaceGeneration,
              identity: workspace.identity,
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
  if (!known) return;
  await pruneSnapshots(deps.unclaimed, claim, log);
  await measureWorkspace(deps.unclaimed, { ...workspace, generation: session.workspaceGeneration });
}

/** Keeps one person's stops from filling the pool. A failure is logged: the next stop makes up for it. */
async function pruneSnapshots(deps: WorkerDeps, claim: SessionClaim, log: Logger): Promise<void> {
  const { id, publicId: workspaceId, identity } = claim.workspace;
  try {
    const snapshotIds = await surplusStopSnapshots(deps.db, id, prunedAtOnce);
    if (identity === null || snapshotIds.length === 0) return;
    const { installationId } = deps;
    const { gone } = await deps.agent.call("workspace.prune", {
      installationId,
      workspaceId,
      datasetGeneration: claim.session.workspaceGeneration,
      identity,
      snapshotIds,
    });
    if (gone.length > 0) await recordSnapshotsPruned(deps.db, claim, gone);
  } catch (error) {
    log.warn({ err: error }, "Old snapshots not removed.");
  }
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
