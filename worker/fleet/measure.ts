import { ensureLocalNode, recordInventory } from "@/lib/fleet/commands";
import { activeWorkspaces } from "@/lib/sessions/lifecycle/recover";
import type { WorkerDeps } from "../deps";
import { measureWorkspace } from "../workspaces/measure";

/** Brings the host's row and its GPUs in line with what the agent finds. */
export async function measureHost(deps: WorkerDeps): Promise<{ id: number }> {
  const { hostname, cpus, memoryBytes, disk, gpus } = await deps.agent.call("inventory", {});
  const node = await ensureLocalNode(deps.db, hostname);
  await recordInventory(deps.db, node.id, {
    cpus,
    memoryBytes,
    diskTotalBytes: disk.totalBytes,
    diskFreeBytes: disk.freeBytes,
    gpus,
  });
  return node;
}

/** Measures the host and every workspace in use. */
export async function measureAll(deps: WorkerDeps): Promise<void> {
  const { id } = await measureHost(deps);
  for (const workspace of await activeWorkspaces(deps.db, id)) await measureWorkspace(deps, workspace);
}
