import { databaseOutage } from "@/db/failures";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { assertNever, required } from "@/lib/kernel/assert";
import { errorText } from "@/lib/kernel/errors";
import { backoffMs } from "@/lib/sessions/rules";
import {
  claimDueOperations,
  failOperation,
  finishDelete,
  finishRestore,
  finishSnapshot,
  finishSnapshotDelete,
  type OperationClaim,
  OperationLost,
  recordEnsured,
  recordPreRestore,
  renewOperation,
  retryOperation,
  snapshotListed,
} from "@/lib/workspaces/lifecycle";
import type { OperationKind } from "@/lib/workspaces/model";
import { spaceGb } from "@/lib/workspaces/rules";
import type { WorkerDeps } from "../deps";
import { classify, type Failure, workerFailed } from "../failures";
import type { Runner } from "../runner";
import { operationAttempts, silentHostMs } from "../tunables";
import { type ClaimedDeps, underClaim } from "../under-claim";
import { measureWorkspace } from "./measure";
import { prune } from "./prune";

/** The data set's proof; a workspace that no session has used yet is made first. */
async function identityOf(deps: WorkerDeps, claim: OperationClaim): Promise<string> {
  const { workspace } = claim;
  if (workspace.identity !== null) return workspace.identity;
  const made = await deps.agent.call("workspace.ensure", {
    installationId: deps.installationId,
    workspaceId: workspace.publicId,
    datasetGeneration: workspace.generation,
    quotaGb: workspace.quotaGb,
    spaceGb: spaceGb(workspace.quotaGb, claim.spaceFactor),
    identity: null,
  });
  await recordEnsured(deps.db, claim, made);
  return made.identity;
}

function takeSnapshot(deps: WorkerDeps, claim: OperationClaim, identity: string, snapshotId: string) {
  const { workspace } = claim;
  return deps.agent.call("workspace.snapshot", {
    installationId: deps.installationId,
    workspaceId: workspace.publicId,
    datasetGeneration: workspace.generation,
    identity,
    snapshotId,
  });
}

/** Snapshots the present state, then makes the old one the next incarnation. Nothing is destroyed. */
async function restore(deps: ClaimedDeps, claim: OperationClaim, identity: string): Promise<void> {
  const { operation, workspace } = claim;
  const snapshotId = required(operation.snapshotPublicId, "the restore's snapshot");
  const newGeneration = required(operation.newGeneration, "the restore's new generation");
  if (!(await snapshotListed(deps.db, snapshotId)))
    return failOperation(deps.db, claim, `Snapshot ${snapshotId} is gone.`);
  const before = required(operation.preRestoreSnapshotId, "the id of the snapshot before a restore");
  await recordPreRestore(deps.db, claim, await takeSnapshot(deps, claim, identity, before));
  await deps.agent.call("workspace.restore", {
    installationId: deps.installationId,
    workspaceId: workspace.publicId,
    identity,
    snapshotId,
    newGeneration,
    quotaGb: workspace.quotaGb,
  });
  await finishRestore(deps.db, claim, newGeneration);
  await measureWorkspace(deps.unclaimed, { ...workspace, generation: newGeneration });
}

/**
 * Before what nothing undoes and no fence guards on the host: a claim that ran out meanwhile must not get there.
 * @throws OperationLost
 */
async function assertHeld({ db }: WorkerDeps, claim: OperationClaim): Promise<void> {
  if (!(await renewOperation(db, claim))) throw new OperationLost();
}

/** A snapshot that two states grew from can't go while both are there. */
async function deleteSnapshot(deps: ClaimedDeps, claim: OperationClaim, identity: string): Promise<void> {
  const { operation, workspace } = claim;
  const snapshotId = required(operation.snapshotPublicId, "the snapshot to delete");
  await assertHeld(deps, claim);
  const gone = await prune(deps, { ...workspace, identity }, [snapshotId]);
  if (!gone.includes(snapshotId)) {
    const error =
      "Two states grew from this snapshot: one by a restore, and one that has newer snapshots. Delete those first.";
    return failOperation(deps.db, claim, error);
  }
  await finishSnapshotDelete(deps.db, claim, snapshotId);
  return measureWorkspace(deps.unclaimed, workspace);
}

async function destroy(deps: WorkerDeps, claim: OperationClaim): Promise<void> {
  await assertHeld(deps, claim);
  await deps.agent.call("workspace.destroy", {
    installationId: deps.installationId,
    workspaceId: claim.workspace.publicId,
    identity: claim.workspace.identity,
  });
  await finishDelete(deps.db, claim);
}

async function act(deps: ClaimedDeps, claim: OperationClaim): Promise<void> {
  const { operation, workspace } = claim;
  switch (operation.kind) {
    case "snapshot": {
      const id = required(operation.snapshotPublicId, "the id of the snapshot to take");
      const identity = await identityOf(deps, claim);
      await finishSnapshot(deps.db, claim, await takeSnapshot(deps, claim, identity, id));
      return measureWorkspace(deps.unclaimed, workspace);
    }
    case "restore":
      return restore(deps, claim, await identityOf(deps, claim));
    case "delete_snapshot":
      return deleteSnapshot(deps, claim, await identityOf(deps, claim));
    case "delete":
      return destroy(deps, claim);
    default:
      return assertNever(operation.kind);
  }
}

/** @throws the error itself when the operation was taken over or the database is away: neither is its failure */
function explain(error: unknown): Failure {
  const ours = !(error instanceof OperationLost) && databaseOutage(error) === undefined;
  if (error instanceof AgentError || !ours) return classify(error);
  return { kind: "retry", error: workerFailed };
}

/** Begins the sentence that its owner reads. */
const doing: Record<OperationKind, string> = {
  snapshot: "Taking the snapshot",
  restore: "Restoring the snapshot",
  delete: "Deleting the workspace",
  delete_snapshot: "Deleting the snapshot",
};

async function settle({ db }: WorkerDeps, claim: OperationClaim, error: unknown): Promise<void> {
  const failure = explain(error);
  const { attempts, kind } = claim.operation;
  if (failure.kind === "wait") {
    return retryOperation(db, claim, { condition: failure.condition, attempts, delayMs: silentHostMs });
  }
  const text = "error" in failure ? failure.error : errorText(error);
  if (failure.kind === "retry" && attempts + 1 < operationAttempts) {
    const condition = `${doing[kind]} did not succeed yet: ${text}`;
    return retryOperation(db, claim, { condition, attempts: attempts + 1, delayMs: backoffMs(attempts) });
  }
  return failOperation(db, claim, text);
}

/** Acts on one operation, renewing its claim meanwhile. Never rejects. */
async function carryOut(deps: WorkerDeps, claim: OperationClaim): Promise<void> {
  const { publicId, kind } = claim.operation;
  const log = deps.log.child({
    operation: publicId,
    kind,
    workspace: claim.workspace.publicId,
    userId: claim.workspace.userId,
  });
  const hold = { renew: () => renewOperation(deps.db, claim), lost: () => new OperationLost() };
  try {
    await underClaim(deps, log, hold, (held) => act(held, claim));
    log.info("Done.");
  } catch (error) {
    log.warn({ err: error }, "A step failed.");
    await settle(deps, claim, error).catch((cause: unknown) => {
      if (cause instanceof OperationLost) log.info("Taken over by another worker.");
      else
        log.error({ err: cause }, "Could not carry on; the operation is due again when its claim runs out.");
    });
  }
}

/** Claims what is due, as much as may run beside what runs, and sets it going. */
export function operationsRound(deps: WorkerDeps, runner: Runner): () => Promise<void> {
  return async () => {
    const free = runner.free();
    if (free <= 0) return;
    for (const claim of await claimDueOperations(deps.db, deps.owner, free)) {
      runner.start(() => carryOut(deps, claim));
    }
  };
}
