import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export async function workspaceEnsure(
  context: AgentContext,
  input: VerbInput<"workspace.ensure">,
): Promise<VerbResult<"workspace.ensure">> {
  const remap = await context.guard.ready();
  return context.queue.run(`workspace:${input.workspaceId}`, async () => ({
    identity: await context.workspaces.ensure(input, remap),
    hostPublicKey: await context.hostKeys.ensure(input.workspaceId),
  }));
}
