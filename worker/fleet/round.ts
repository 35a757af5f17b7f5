import { AgentError, protocolVersion, type VerbResult } from "@/lib/agent-protocol/verbs";
import { recordHealth, recordUnreachable, recordUsage } from "@/lib/fleet/commands";
import { localNode } from "@/lib/fleet/queries";
import { probeAfterFenceChange } from "@/lib/sessions/lifecycle/probes";
import { clearRunningCondition, setRunningCondition } from "@/lib/sessions/lifecycle/recover";
import type { WorkerDeps } from "../deps";
import { measureHost } from "./measure";
import { reconcile } from "./reconcile";
import { step } from "./step";

const silent = "The GPU host does not answer. The session is left as it is.";

type Health = VerbResult<"health">;
/** `certain` is false for a question that may just have been missed. */
type Answer = { readonly health: Health } | { readonly condition: string; readonly certain: boolean };

/** Looks after the host: health first, then how its GPUs are used, and whether what should run does. */
export function fleetRound(deps: WorkerDeps, wakeSessions: () => void): () => Promise<void> {
  let missed = 0;
  return async () => {
    const answer = await askHealth(deps, missed > 0);
    if (!("health" in answer)) {
      missed++;
      await noteSilence(deps, answer);
      return;
    }
    missed = 0;
    const node = (await localNode(deps.db)) ?? (await measureHost(deps));
    const { bootId, engineStartedAt, problems } = answer.health;
    await recordHealth(deps.db, node.id, {
      bootId,
      engineStartedAt: engineStartedAt === null ? null : new Date(engineStartedAt),
      problems,
    });
    await clearRunningCondition(deps.db, node.id, silent);
    await step(deps, "fence", () => noteFenceChange(deps, node.id, answer.health));
    await step(deps, "usage", () => sampleUsage(deps, node.id));
    await step(deps, "reconcile", async () => {
      if (await reconcile(deps, node.id)) wakeSessions();
    });
  };
}

async function askHealth(deps: WorkerDeps, missedBefore: boolean): Promise<Answer> {
  try {
    const health = await deps.agent.call("health", {});
    if (health.protocolVersion === protocolVersion) return { health };
    const condition = `The agent speaks protocol ${health.protocolVersion}, this worker ${protocolVersion}. Update the older one.`;
    return { condition, certain: true };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { condition: error.message, certain: missedBefore };
  }
}

/** A host that is silent, or speaks another protocol, is said to be so on its node and its sessions. */
async function noteSilence(
  deps: WorkerDeps,
  answer: { readonly condition: string; readonly certain: boolean },
): Promise<void> {
  deps.log.warn(answer, "The host can't be reached.");
  const node = await localNode(deps.db);
  if (!node || !(await recordUnreachable(deps.db, node.id, answer))) return;
  await setRunningCondition(deps.db, node.id, silent);
}

/** What the agent put right lay open until then: everyone there is probed anew. Of a change that met nobody its own log tells. */
async function noteFenceChange(
  deps: WorkerDeps,
  nodeId: number,
  { fenceChanges }: VerbResult<"health">,
): Promise<void> {
  if (fenceChanges.at === null) return;
  const sessions = await probeAfterFenceChange(deps.db, nodeId, new Date(fenceChanges.at));
  if (sessions === 0) return;
  deps.log.warn(
    { fenceChanges, sessions },
    "The host's firewall was changed and put right; probing its sessions anew.",
  );
}

async function sampleUsage(deps: WorkerDeps, nodeId: number): Promise<void> {
  const { sampledAt, gpus } = await deps.agent.call("usage", {});
  await recordUsage(
    deps.db,
    nodeId,
    gpus.map(({ uuid, ...rest }) => ({ uuid, usage: { sampledAt, ...rest } })),
  );
}
