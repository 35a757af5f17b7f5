import { recordWorkspaceUsage } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";

/**
 * Updates what a workspace and its snapshots use, and tells its session when `slug` names one. A failure is logged: the
 * next measurement makes up for it.
 */
export async function measureWorkspace(
  deps: WorkerDeps,
  workspace: { id: number; publicId: string; generation: number; slug?: string },
): Promise<void> {
  const ref = { installationId: deps.installationId, workspaceId: workspace.publicId };
  try {
    const { quotaBytes: _, ...measured } = await deps.agent.call("workspace.usage", {
      ...ref,
      datasetGeneration: workspace.generation,
      slug: workspace.slug,
    });
    const { snapshots } = await deps.agent.call("workspace.list", ref);
    await recordWorkspaceUsage(deps.db, workspace.id, measured, snapshots);
  } catch (error) {
    deps.log.warn({ err: error, workspace: workspace.publicId }, "Workspace not measured.");
  }
}
