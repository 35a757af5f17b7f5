import { givenUp } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";

/** As many as the agent takes at once. */
const mostAtOnce = 100;

/**
 * Has the host destroy snapshots, and with them those that were given up before and are still there: the host did not
 * answer then, or two states grew from them.
 * @returns the ids that are gone
 */
export async function prune(
  { agent, db, installationId }: WorkerDeps,
  workspace: { id: number; publicId: string; identity: string; generation: number },
  snapshotIds: readonly string[],
): Promise<string[]> {
  const ref = { installationId, workspaceId: workspace.publicId };
  const { snapshots } = await agent.call("workspace.list", ref);
  const listed = snapshots.map(({ snapshotId }) => snapshotId);
  const late = await givenUp(db, workspace.id, listed);
  const all = [...new Set([...snapshotIds, ...late])].slice(0, mostAtOnce);
  if (all.length === 0) return [];
  const { gone } = await agent.call("workspace.prune", {
    ...ref,
    datasetGeneration: workspace.generation,
    identity: workspace.identity,
    snapshotIds: all,
  });
  return gone;
}
