import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export function workspacePrune(
  { queue, workspaces }: AgentContext,
  input: VerbInput<"workspace.prune">,
): Promise<VerbResult<"workspace.prune">> {
  return queue.run(`workspace:${input.workspaceId}`, async () => ({
    gone: await workspaces.prune(input, input.datasetGeneration, input.snapshotIds),
  }));
}
