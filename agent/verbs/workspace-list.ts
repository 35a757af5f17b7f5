import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export async function workspaceList(
  context: AgentContext,
  input: VerbInput<"workspace.list">,
): Promise<VerbResult<"workspace.list">> {
  return { snapshots: await context.workspaces.list(input) };
}
