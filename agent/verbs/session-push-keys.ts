import { AgentError, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { findSession, refuseOlder } from "../session/container";

export function sessionPushKeys(
  context: AgentContext,
  input: VerbInput<"session.pushKeys">,
): Promise<VerbResult<"session.pushKeys">> {
  return context.queue.run(`session:${input.slug}`, async () => {
    const remap = await context.guard.ready();
    const found = await findSession(context, input.installationId, input.slug);
    await context.fence.admit(input.installationId, input.slug, input.generation);
    if (found?.details.State.Running !== true) {
      throw new AgentError("no_such_session", `Session ${input.slug} has no running container on this host`);
    }
    refuseOlder(found, input.generation);
    await context.configs.writeKeys(input.slug, input.authorizedKeys, remap);
    return {};
  });
}
