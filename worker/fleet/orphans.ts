import { createHash } from "node:crypto";
import type { VerbResult } from "@/lib/agent-protocol/verbs";
import { holdsContainer, recordOrphan, sessionBySlug } from "@/lib/sessions/lifecycle/recover";
import type { WorkerDeps } from "../deps";
import { stopGraceSeconds } from "../tunables";

/**
 * Above whatever the agent may remember for the slug: after a database was put back from a copy, neither label nor row need
 * know the highest. Nothing of that slug starts again.
 */
const generationsAhead = 10_000;

type Container = VerbResult<"session.list">["sessions"][number];

/** The same for the same container, so that a removal that is repeated takes no second snapshot. */
function orphanSnapshotId({ slug, generation }: Container): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const digest = createHash("sha256").update(`orphan:${slug}:${generation}`).digest().subarray(0, 16);
  return `snp_${[...digest].map((byte) => alphabet.charAt(byte & 31)).join("")}`;
}

/**
 * Removes this installation's containers that no session stands for: snapshot first, the workspace stays. Each is looked
 * up anew, so that one launched a moment ago is no orphan.
 * @returns how many were removed
 */
export async function removeOrphans(deps: WorkerDeps, listed?: readonly Container[]): Promise<number> {
  const { agent, db, installationId } = deps;
  const containers = listed ?? (await agent.call("session.list", { installationId })).sessions;
  let removed = 0;
  for (const container of containers) {
    const session = await sessionBySlug(db, container.slug);
    if (session && holdsContainer(session)) continue;
    const log = deps.log.child({ slug: container.slug, userId: session?.userId ?? null });
    log.warn({ container, state: session?.state ?? null }, "A container without a session: removing it.");
    const outcome = await agent.call("session.stop", {
      installationId,
      slug: container.slug,
      generation: Math.max(container.generation, session?.generation ?? 0) + generationsAhead,
      snapshotId: orphanSnapshotId(container),
      workspace: null,
      graceSeconds: stopGraceSeconds,
    });
    await recordOrphan(db, { ...container, state: session?.state ?? null }, outcome);
    removed++;
  }
  return removed;
}
