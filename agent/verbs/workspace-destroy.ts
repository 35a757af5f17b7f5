import { AgentError, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { containersUsing } from "../session/container";

export function workspaceDestroy(
  context: AgentContext,
  input: VerbInput<"workspace.destroy">,
): Promise<VerbResult<"workspace.destroy">> {
  return context.queue.run(`workspace:${input.workspaceId}`, async () => {
    const [user] = await containersUsing(context, input.workspaceId);
    if (user !== undefined) {
      throw new AgentError(
        "workspace_in_use",
        `Workspace ${input.workspaceId} is in use by ${user.Names.join(", ")}`,
      );
    }
    await context.workspaces.destroy(input);
    await context.hostKeys.remove(input.workspaceId);
    return {};
  });
}
