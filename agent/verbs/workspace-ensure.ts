import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import { allDone } from "../all-done";
import type { AgentContext } from "../context";

export async function workspaceEnsure(
  context: AgentContext,
  input: VerbInput<"workspace.ensure">,
): Promise<VerbResult<"workspace.ensure">> {
  const remap = await context.guard.ready();
  return context.queue.run(`workspace:${input.workspaceId}`, async () => {
    // Beside each other, since a launch waits for both.
    const [identity, hostPublicKey] = await allDone([
      context.workspaces.ensure(input, remap),
      context.hostKeys.ensure(input.workspaceId),
    ]);
    return { identity, hostPublicKey };
  });
}
