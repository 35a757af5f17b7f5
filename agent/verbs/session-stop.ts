import { setTimeout as delay } from "node:timers/promises";
import { AgentError, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { disclosed } from "../disclose";
import { findSession, refuseOlder, removeContainer, stopContainer } from "../session/container";
import { containerName, type SessionLabels } from "../session/labels";

type Input = VerbInput<"session.stop">;
type Result = VerbResult<"session.stop">;

/** The workspace as the caller knows it, else as the container's labels say. */
async function takeSnapshot(
  context: AgentContext,
  input: Input,
  snapshotId: string,
  labels: SessionLabels | undefined,
): Promise<Result["snapshot"]> {
  const { workspaces } = context;
  if (input.workspace !== null) return workspaces.snapshot(input.workspace, snapshotId);
  if (labels === undefined) {
    const message = `Session ${input.slug} has no container and the request names no workspace`;
    throw new AgentError("failed", message);
  }
  return workspaces.snapshot({ ...labels, identity: await workspaces.identityOf(labels) }, snapshotId);
}

/** A ZFS daemon that died is back within seconds; longer than this no GPU waits for it. In ms. */
const storagePatienceMs = 20_000;
const storageLookEveryMs = 250;

/** The snapshot, waiting a little for a pool that is away. */
async function snapshotWithPatience(take: () => Promise<Result["snapshot"]>): Promise<Result["snapshot"]> {
  const until = performance.now() + storagePatienceMs;
  for (;;) {
    try {
      return await take();
    } catch (cause) {
      const away = cause instanceof AgentError && cause.code === "storage_unavailable";
      if (!away || performance.now() >= until) throw cause;
      await delay(storageLookEveryMs);
    }
  }
}

export function sessionStop(context: AgentContext, input: Input): Promise<Result> {
  return context.queue.run(`session:${input.slug}`, async () => {
    const found = await findSession(context, input.installationId, input.slug);
    await context.fence.admit(input.installationId, input.slug, input.generation);
    if (found !== undefined) {
      refuseOlder(found, input.generation);
      await stopContainer(context, found.details.Id, input.graceSeconds);
    }
    const result: Result = { snapshot: null, snapshotError: null };
    const { snapshotId } = input;
    if (snapshotId !== null) {
      const workspaceId = input.workspace?.workspaceId ?? found?.labels.workspaceId;
      try {
        result.snapshot = await context.queue.run(`workspace:${workspaceId}`, () =>
          snapshotWithPatience(() => takeSnapshot(context, input, snapshotId, found?.labels)),
        );
      } catch (cause) {
        // Told, never in the way: the GPU must become free.
        result.snapshotError = disclosed(cause, context.env.MEDFORGE_ZFS_PARENT).message;
        context.log.error({ err: cause, slug: input.slug }, "snapshot at stop failed");
      }
    }
    if (found !== undefined) await removeContainer(context, found.details.Id);
    await context.forwards.remove(input.slug);
    await context.configs.remove(input.slug);
    context.log.info({ slug: input.slug, container: containerName(input.slug) }, "session gone");
    return result;
  });
}
