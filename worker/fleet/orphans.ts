import { AgentError, type VerbResult } from "@/lib/agent-protocol/verbs";
import { derivedPublicId } from "@/lib/kernel/ids";
import {
  holdsContainer,
  recordOrphan,
  type SessionFacts,
  sessionsBySlug,
} from "@/lib/sessions/lifecycle/recover";
import type { WorkerDeps } from "../deps";
import { stopGraceSeconds } from "../tunables";

/**
 * Above whatever the agent may remember for the slug: after a database was put back from a copy, neither label nor row need
 * know the highest. Nothing of that slug starts again.
 */
const generationsAhead = 10_000;

type Container = VerbResult<"session.list">["sessions"][number];

/**
 * Removes this installation's containers that no session stands for: snapshot first, the workspace stays. Their rows are
 * read after the containers, so that one launched a moment ago is no orphan. One that won't go doesn't keep the others.
 */
export async function removeOrphans(deps: WorkerDeps): Promise<void> {
  const { agent, db, installationId } = deps;
  const { sessions: containers } = await agent.call("session.list", { installationId });
  const known = await sessionsBySlug(
    db,
    containers.map(({ slug }) => slug),
  );
  for (const container of containers) {
    const session = known.get(container.slug) ?? null;
    if (session && holdsContainer(session)) continue;
    try {
      await removeOrphan(deps, container, session);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      deps.log.warn({ err: error, slug: container.slug }, "Not removed; the next round tries again.");
    }
  }
}

async function removeOrphan(
  deps: WorkerDeps,
  container: Container,
  session: SessionFacts | null,
): Promise<void> {
  const { agent, db, installationId } = deps;
  const { slug } = container;
  // One that was being stopped when it was listed, and whose row has said so since, is gone by now.
  if ((await agent.call("session.inspect", { installationId, slug })).session === null) return;
  const log = deps.log.child({ slug, userId: session?.userId ?? null });
  log.warn({ container, state: session?.state ?? null }, "A container without a session: removing it.");
  const outcome = await agent.call("session.stop", {
    installationId,
    slug,
    generation: Math.max(container.generation, session?.generation ?? 0) + generationsAhead,
    // The same for the same container, so that a removal that is repeated takes no second snapshot.
    snapshotId: derivedPublicId("snp", `orphan:${slug}:${container.generation}`),
    workspace: null,
    graceSeconds: stopGraceSeconds,
  });
  await recordOrphan(db, { ...container, state: session?.state ?? null }, outcome);
}
