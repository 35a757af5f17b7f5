import { recordWorkspaceUsage } from "@/lib/workspaces/snapshots";
import type { WorkerDeps } from "../deps";

/** Updates what a workspace is said to use, to its session too when `slug` names it. A failure is logged: the next measurement makes up for it. */
export async function measureWorkspace(
  deps: WorkerDeps,
  workspace: { id: number; publicId: string; generation: number; slug?: string },
): Promise<void> {
  try {
    const { quotaBytes: _, ...measured } = await deps.agent.call("workspace.usage", {
      installationId: deps.installationId,
      workspaceId: workspace.publicId,
      datasetGeneration: workspace.generation,
      slug: workspace.slug,
    });
    await recordWorkspaceUsage(deps.db, workspace.id, measured);
  } catch (error) {
    deps.log.warn({ err: error, workspace: workspace.publicId }, "Workspace not measured.");
  }
}
