import { AgentError, type VerbResult } from "@/lib/agent-protocol/verbs";
import { recordGpuProcesses } from "@/lib/fleet/commands";
import type { GpuUsage } from "@/lib/fleet/model";
import { localNode } from "@/lib/fleet/queries";
import { type NewSample, recordSamples, type SampledSession, sampledSessions } from "@/lib/telemetry/record";
import { recordPrograms } from "@/lib/usage/record";
import type { WorkerDeps } from "../deps";
import { freshUsageMs } from "../tunables";
import { keepLog } from "./logs";

type Stats = VerbResult<"sessions.stats">;

/** What the sessions of the host use, what their logs say and which programs are on its GPUs: every ten seconds. */
export function samplesRound(deps: WorkerDeps): () => Promise<void> {
  /** How far each session's log was when it was last copied. */
  let marks = new Map<string, string | null>();
  return async () => {
    const { agent, db, installationId } = deps;
    const node = await localNode(db);
    if (!node) return;
    try {
      const running = await sampledSessions(db, node.id);
      const stats = await agent.call("sessions.stats", { installationId });
      await recordSamples(db, samplesOf(running, stats));
      marks = await copyLogs(deps, running, stats, marks);
      const { processes } = await agent.call("gpu.processes", { installationId });
      await recordGpuProcesses(db, node.id, { sampledAt: new Date().toISOString(), processes });
      await recordPrograms(db, node.id, processes);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // A host that is silent is told of by the fleet round; its sessions have a gap in their plots.
      deps.log.debug({ err: error }, "Nothing sampled.");
    }
  };
}

const freshOrNull = (usage: GpuUsage | null): GpuUsage | null =>
  usage !== null && Date.now() - Date.parse(usage.sampledAt) <= freshUsageMs ? usage : null;

/** One row for each session that runs both here and there. */
function samplesOf(running: readonly SampledSession[], { monotonicMs, sessions }: Stats): NewSample[] {
  return running.flatMap(({ id, slug, gpu }): NewSample[] => {
    const stats = sessions.find((one) => one.slug === slug);
    if (!stats) return [];
    const usage = freshOrNull(gpu);
    return [
      {
        sessionId: id,
        generation: stats.generation,
        hostMs: monotonicMs,
        cpuUs: stats.cpuMicroseconds,
        memoryBytes: stats.memoryBytes,
        memoryLimitBytes: stats.memoryLimitBytes,
        receivedBytes: stats.receivedBytes,
        sentBytes: stats.sentBytes,
        pids: stats.pids,
        diskBytes: stats.disk?.usedBytes ?? null,
        diskQuotaBytes: stats.disk?.quotaBytes ?? null,
        gpuPercent: usage?.utilizationPercent ?? null,
        gpuMemoryMiB: usage?.memoryUsedMiB ?? null,
        gpuCelsius: usage?.temperatureC ?? null,
        gpuWatts: usage?.powerW ?? null,
      },
    ];
  });
}

/** Copies the logs that have grown. @returns how far each is now */
async function copyLogs(
  deps: WorkerDeps,
  running: readonly SampledSession[],
  { sessions }: Stats,
  before: ReadonlyMap<string, string | null>,
): Promise<Map<string, string | null>> {
  const now = new Map<string, string | null>();
  for (const session of running) {
    const mark = sessions.find(({ slug }) => slug === session.slug)?.logMark ?? null;
    if (mark === null || mark !== before.get(session.slug)) await keepLog(deps, session);
    now.set(session.slug, mark);
  }
  return now;
}
