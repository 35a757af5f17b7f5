import { readFile, stat } from "node:fs/promises";
import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { unlessGone } from "../gone";
import { cgroupFolders, readCgroup } from "../telemetry/cgroup";
import { readNetDev } from "../telemetry/net-dev";
import { cgroupOf, containerOf, type RunningSession } from "../telemetry/running";
import { getProperties, numberOf, type Properties } from "../zfs";

type Sample = VerbResult<"sessions.stats">["sessions"][number];

/** Tells whether a log has grown without reading it. */
async function logMark(path: string): Promise<string | null> {
  if (path === "") return null;
  const file = await unlessGone(() => stat(path));
  return file === undefined ? null : `${file.ino}:${file.size}`;
}

function diskOf(properties: Properties | undefined): Sample["disk"] {
  if (properties === undefined) return null;
  return { usedBytes: numberOf(properties, "referenced"), quotaBytes: numberOf(properties, "refquota") };
}

/** Undefined when the container ended before or meanwhile; its process's number may be another's by then. */
async function sampleOf(session: RunningSession, disk: Sample["disk"]): Promise<Sample | undefined> {
  const cgroup = await cgroupOf(session.pid);
  if (cgroup === undefined || containerOf(cgroup) !== session.containerId) return undefined;
  return unlessGone(async () => {
    const [use, netDev, mark] = await Promise.all([
      readCgroup(cgroupFolders(cgroup)),
      readFile(`/proc/${session.pid}/net/dev`, "utf8"),
      logMark(session.logPath),
    ]);
    const { slug, generation } = session.labels;
    return { slug, generation, ...use, ...readNetDev(netDev), disk, logMark: mark };
  });
}

/** All workspaces' sizes in one question; a pool that is away takes nothing but the disk from a sample. */
async function workspaceSizes(context: AgentContext): Promise<ReadonlyMap<string, Properties>> {
  try {
    return await getProperties(context.env.MEDFORGE_ZFS_PARENT, ["referenced", "refquota"], true);
  } catch (cause) {
    context.log.warn({ err: cause }, "workspaces not measured");
    return new Map();
  }
}

/** From control groups and network namespaces: `docker stats` would take a second for each container. */
export async function sessionsStats(
  context: AgentContext,
  input: VerbInput<"sessions.stats">,
): Promise<VerbResult<"sessions.stats">> {
  const running = await context.running.list(input.installationId);
  const sizes = running.length === 0 ? new Map<string, Properties>() : await workspaceSizes(context);
  const samples = await Promise.all(
    running.map((session) => {
      const { workspaceId, datasetGeneration } = session.labels;
      const dataset = context.workspaces.dataset(workspaceId, datasetGeneration);
      return sampleOf(session, diskOf(sizes.get(dataset)));
    }),
  );
  return {
    monotonicMs: Number(process.hrtime.bigint() / 1_000_000n),
    sessions: samples.filter((sample) => sample !== undefined),
  };
}
