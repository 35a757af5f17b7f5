import { AgentError, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { containersUsing } from "../session/container";

/** Refused while a container runs on the workspace: its user would go on writing to what is about to be history. */
export function workspaceRestore(
  context: AgentContext,
  input: VerbInput<"workspace.restore">,
): Promise<VerbResult<"workspace.restore">> {
  return context.queue.run(`workspace:${input.workspaceId}`, async () => {
    const users = await containersUsing(context, input.workspaceId);
    const running = users.find((container) => container.State === "running");
    if (running !== undefined) {
      throw new AgentError(
        "workspace_in_use",
        `Workspace ${input.workspaceId} is in use by ${running.Names.join(", ")}`,
      );
    }
    const to = { generation: input.newGeneration, quotaGb: input.quotaGb };
    await context.workspaces.restore(input, input.snapshotId, to);
    return {};
  });
}
