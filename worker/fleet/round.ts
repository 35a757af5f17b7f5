import { AgentError, protocolVersion, type VerbResult } from "@/lib/agent-protocol/verbs";
import {
  ensureLocalNode,
  recordHealth,
  recordInventory,
  recordUnreachable,
  recordUsage,
} from "@/lib/fleet/commands";
import { localNode } from "@/lib/fleet/queries";
import {
  activeWorkspaces,
  clearRunningCondition,
  setRunningCondition,
} from "@/lib/sessions/lifecycle/recover";
import type { WorkerDeps } from "../deps";
import { inventoryMs } from "../tunables";
import { measureWorkspace } from "../workspaces/measure";
import { reconcile } from "./reconcile";

const silent = "The GPU host does not answer. The session is left as it is.";

/** Looks after the host: health, what it has, how it is used, and whether what should run does. */
export function fleetRound(deps: WorkerDeps, wakeSessions: () => void): () => Promise<void> {
  let measuredAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const health = await askHealth(deps);
    if (!health) return;
    if (performance.now() - measuredAt >= inventoryMs && (await step(deps, "inventory", measure))) {
      measuredAt = performance.now();
    }
    const node = await localNode(deps.db);
    if (!node) return;
    await recordHealth(deps.db, node.id, {
      bootId: health.bootId,
      engineStartedAt: health.engineStartedAt === null ? null : new Date(health.engineStartedAt),
      problems: health.problems,
    });
    await clearRunningCondition(deps.db, node.id, silent);
    await step(deps, "usage", () => sampleUsage(deps, node.id));
    await step(deps, "reconcile", async () => {
      if (await reconcile(deps, node.id)) wakeSessions();
    });
  };
}

/** One part's failure doesn't keep the others from being done. */
async function step(
  deps: WorkerDeps,
  name: string,
  run: (deps: WorkerDeps) => Promise<void>,
): Promise<boolean> {
  try {
    await run(deps);
    return true;
  } catch (error) {
    deps.log.warn({ err: error, step: name }, "A look at the host failed; the next round tries again.");
    return false;
  }
}

/** Null when the host is silent or speaks another protocol, which its node and sessions then say. */
async function askHealth(deps: WorkerDeps): Promise<VerbResult<"health"> | null> {
  let condition: string;
  try {
    const health = await deps.agent.call("health", {});
    if (health.protocolVersion === protocolVersion) return health;
    condition = `The agent speaks protocol ${health.protocolVersion}, this worker ${protocolVersion}. Update the older one.`;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    condition = error.message;
  }
  deps.log.warn({ condition }, "The host can't be reached.");
  const node = await localNode(deps.db);
  if (node) {
    await recordUnreachable(deps.db, node.id, condition);
    await setRunningCondition(deps.db, node.id, silent);
  }
  return null;
}

async function measure(deps: WorkerDeps): Promise<void> {
  const { hostname, cpus, memoryBytes, disk, gpus } = await deps.agent.call("inventory", {});
  const node = await ensureLocalNode(deps.db, hostname);
  await recordInventory(deps.db, node.id, {
    cpus,
    memoryBytes,
    diskTotalBytes: disk.totalBytes,
    diskFreeBytes: disk.freeBytes,
    gpus,
  });
  for (const workspace of await activeWorkspaces(deps.db, node.id)) {
    await measureWorkspace(deps, workspace);
  }
}

async function sampleUsage(deps: WorkerDeps, nodeId: number): Promise<void> {
  const { sampledAt, gpus } = await deps.agent.call("usage", {});
  await recordUsage(
    deps.db,
    nodeId,
    gpus.map(({ uuid, ...rest }) => ({ uuid, usage: { sampledAt, ...rest } })),
  );
}
