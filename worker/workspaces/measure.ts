import { recordWorkspaceUsage } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";

/** Updates what a workspace is said to use. A failure is logged: the next measurement makes up for it. */
export async function measureWorkspace(
  deps: WorkerDeps,
  workspace: { id: number; publicId: string; generation: number },
): Promise<void> {
  try {
    const { usedBytes, snapshotBytes } = await deps.agent.call("workspace.usage", {
      installationId: deps.installationId,
      workspaceId: workspace.publicId,
      datasetGeneration: workspace.generation,
    });
    await recordWorkspaceUsage(deps.db, workspace.id, { usedBytes, snapshotBytes });
  } catch (error) {
    deps.log.warn({ err: error, workspace: workspace.publicId }, "Workspace not measured.");
  }
}
