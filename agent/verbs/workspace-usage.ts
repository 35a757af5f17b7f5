import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export function workspaceUsage(
  context: AgentContext,
  input: VerbInput<"workspace.usage">,
): Promise<VerbResult<"workspace.usage">> {
  return context.workspaces.usage(input);
}
