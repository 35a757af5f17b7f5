import { isDeepStrictEqual } from "node:util";
import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { engineCall } from "../docker";
import { readBootId } from "../engine-start";
import { type FoundSession, findSession, refuseOlder, removeContainer } from "../session/container";
import { labelsFor } from "../session/labels";
import { launch, open } from "../session/launch";

/** Running already, from this very claim and with the same exposure, GPU, port and data. */
function isSame(found: FoundSession, input: VerbInput<"session.start">): boolean {
  return found.details.State.Running && isDeepStrictEqual(found.labels, labelsFor(input));
}

type Result = VerbResult<"session.start">;

/** The engine that answers now. */
async function engineNow({ engineStart }: AgentContext): Promise<Omit<Result, "startedAt">> {
  const [bootId, engineStartedAt] = await Promise.all([
    readBootId(),
    engineCall("Looking up the engine's start", engineStart.read()),
  ]);
  return { bootId, engineStartedAt: engineStartedAt.toISOString() };
}

export function sessionStart(context: AgentContext, input: VerbInput<"session.start">): Promise<Result> {
  return context.queue.run(`session:${input.slug}`, async () => {
    const found = await findSession(context, input.installationId, input.slug);
    await context.fence.admit(input.installationId, input.slug, input.generation);
    const remap = await context.guard.ready();
    // Before the start: if the engine is restarted meanwhile, the container counts as one of the engine before.
    const engine = await engineNow(context);
    if (found !== undefined) {
      refuseOlder(found, input.generation);
      if (isSame(found, input)) {
        return { startedAt: await open(context, input, found.details, remap), ...engine };
      }
      await removeContainer(context, found.details.Id);
      await context.forwards.remove(input.slug);
    }
    const startedAt = await context.queue.run(`workspace:${input.workspaceId}`, () =>
      launch(context, input, remap),
    );
    return { startedAt, ...engine };
  });
}
