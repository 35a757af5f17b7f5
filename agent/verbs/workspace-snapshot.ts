import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export function workspaceSnapshot(
  context: AgentContext,
  input: VerbInput<"workspace.snapshot">,
): Promise<VerbResult<"workspace.snapshot">> {
  const { queue, workspaces } = context;
  return queue.run(`workspace:${input.workspaceId}`, () => workspaces.snapshot(input, input.snapshotId));
}
