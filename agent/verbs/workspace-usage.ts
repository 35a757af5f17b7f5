import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { findSession } from "../session/container";
import { diskNotice } from "../session/notice";

type Input = VerbInput<"workspace.usage">;

/** Measures, and tells whoever logs in to the workspace's session next. */
export async function workspaceUsage(
  context: AgentContext,
  input: Input,
): Promise<VerbResult<"workspace.usage">> {
  const measured = await context.workspaces.usage(input);
  const { slug } = input;
  if (slug !== undefined) {
    await context.queue.run(`session:${slug}`, () => tell(context, input, slug, diskNotice(measured)));
  }
  return measured;
}

/** A session that has gone, or is of another workspace, is told nothing. */
async function tell(context: AgentContext, input: Input, slug: string, notice: string): Promise<void> {
  const found = await findSession(context, input.installationId, slug);
  if (found === undefined || found.labels.workspaceId !== input.workspaceId) return;
  await context.configs.writeNotice(slug, notice, await context.guard.ready());
}
