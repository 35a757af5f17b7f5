import type { VerbResult } from "@/lib/agent-protocol/verbs";
import {
  adoptEngine,
  catchUpGeneration,
  failRunning,
  restartSession,
  runningOn,
  type SessionFacts,
  sessionsBySlug,
  showCondition,
} from "@/lib/sessions/lifecycle/recover";
import { type HostFacts, recoveryVerdict } from "@/lib/sessions/rules";
import type { WorkerDeps } from "../deps";

type Container = VerbResult<"session.list">["sessions"][number];

/**
 * Compares what should run on a host with what does. Order matters: rows, then containers, then the engine. So a session
 * that started in between isn't missed from its list, and containers that died with an engine are judged against the one
 * that came after.
 * @returns whether the sessions loop has something to do
 */
export async function reconcile(deps: WorkerDeps, nodeId: number): Promise<boolean> {
  const { agent, db, installationId } = deps;
  const rows = await runningOn(db, nodeId);
  const { sessions: containers } = await agent.call("session.list", { installationId });
  const health = await agent.call("health", {});
  // Without an engine the list says nothing about what lives.
  if (health.engineStartedAt === null) return false;
  const host = {
    bootId: health.bootId,
    engineStartedAt: new Date(health.engineStartedAt),
    storageReady: health.storageReady,
  };
  let acted = false;
  for (const row of rows) {
    const container = containers.find(({ slug }) => slug === row.slug) ?? null;
    if (await judge(deps, row, container, host)) acted = true;
  }
  const known = await sessionsBySlug(
    db,
    containers.map(({ slug }) => slug),
  );
  for (const { slug, generation } of containers) {
    const behind = (known.get(slug)?.generation ?? generation) < generation;
    if (behind) await catchUpGeneration(db, slug, generation);
  }
  return acted;
}

async function judge(
  deps: WorkerDeps,
  row: SessionFacts,
  container: Container | null,
  host: HostFacts,
): Promise<boolean> {
  const log = deps.log.child({ slug: row.slug, userId: row.userId, generation: row.generation });
  const verdict = recoveryVerdict(row, container, host);
  switch (verdict.verdict) {
    case "fine":
      return false;
    case "adopt":
      await adoptEngine(deps.db, row, host);
      log.info("Lives on under a restarted engine.");
      return false;
    case "wait":
      await showCondition(deps.db, row, verdict.condition);
      return false;
    case "restart":
      log.warn({ container }, verdict.detail);
      return restartSession(deps.db, row, verdict);
    case "fail":
      log.warn({ container }, verdict.error);
      return failRunning(deps.db, row, verdict.error);
  }
}
