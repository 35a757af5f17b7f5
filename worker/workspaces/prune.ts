import { givenUp } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";

/** As many as the agent takes at once. */
const mostAtOnce = 100;

function batchesOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / mostAtOnce);
  return Array.from({ length: count }, (_, n) => ids.slice(n * mostAtOnce, (n + 1) * mostAtOnce));
}

/**
 * Has the host destroy snapshots, and with them those that were given up before and are still there: the host did not
 * answer then, or two states grew from them. All of those are tried: however many can't go, none behind them waits.
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
  const gone: string[] = [];
  // One batch after the other, those asked for now in the last: some can only go when older ones have.
  for (const batch of batchesOf([...new Set([...late, ...snapshotIds])])) {
    const done = await agent.call("workspace.prune", {
      ...ref,
      datasetGeneration: workspace.generation,
      identity: workspace.identity,
      snapshotIds: batch,
    });
    gone.push(...done.gone);
  }
  return gone;
}
