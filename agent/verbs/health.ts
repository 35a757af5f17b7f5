import { protocolVersion, type VerbResult } from "@/lib/agent-protocol/verbs";
import { errorText } from "@/lib/kernel/errors";
import type { AgentContext } from "../context";
import { readBootId } from "../engine-start";
import { sentence } from "../sentence";
import { agentVersion } from "../version";
import { getProperties } from "../zfs";

/** A pool that hangs must show among the problems, so each look at it ends well within the caller's 5 s. ms */
const zfsPatienceMs = 2_000;

/** One sentence when the dataset below which workspaces live does not answer. */
async function zfsProblem(parent: string): Promise<string | null> {
  try {
    const found = await getProperties(parent, ["type"], false, zfsPatienceMs);
    return found.has(parent)
      ? null
      : `ZFS dataset ${parent} does not exist: import its pool or run ./medforge up.`;
  } catch (cause) {
    return sentence(errorText(cause));
  }
}

async function engineAnswers(context: AgentContext): Promise<string | null> {
  try {
    await context.engine.ping();
    return null;
  } catch (cause) {
    return sentence(
      `Docker engine does not answer on ${context.env.MEDFORGE_DOCKER_SOCKET}: ${errorText(cause)}`,
    );
  }
}

export async function health(context: AgentContext): Promise<VerbResult<"health">> {
  const [engineProblem, storageProblem, bootId] = await Promise.all([
    engineAnswers(context),
    zfsProblem(context.env.MEDFORGE_ZFS_PARENT),
    readBootId(),
  ]);
  const isUp = engineProblem === null;
  // What was in the way may be gone, an engine that was down above all: look again before complaining.
  if (isUp && context.guard.verdict.blocking.length > 0) await context.guard.assert();
  const { blocking, other, engineVersion } = context.guard.verdict;
  const { fenceChanges } = context.guard;
  const problems = [
    engineProblem,
    storageProblem,
    ...(isUp ? blocking : []),
    ...other,
    ...context.keeper.problems,
  ];
  return {
    protocolVersion,
    version: agentVersion,
    bootId,
    engineStartedAt: isUp ? (await context.engineStart.read()).toISOString() : null,
    engineVersion: isUp ? engineVersion : null,
    storageReady: storageProblem === null,
    problems: problems.filter((problem) => problem !== null),
    fenceChanges: { count: fenceChanges.count, at: fenceChanges.at?.toISOString() ?? null },
  };
}
