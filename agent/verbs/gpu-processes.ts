import { readFile } from "node:fs/promises";
import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { unlessGone } from "../gone";
import { type ComputeApp, listComputeApps } from "../telemetry/compute-apps";
import { cgroupOf, containerOf } from "../telemetry/running";

type GpuProcess = VerbResult<"gpu.processes">["processes"][number];

/** The number that a process has innermost, from its `/proc/<pid>/status`; null when it is in no namespace of its own. */
export function innerPid(status: string): number | null {
  const [, own, ...inner] = /^NSpid:\t(\d+)((?:\t\d+)*)$/m.exec(status) ?? [];
  const last = inner.join("").split("\t").at(-1);
  return own === undefined || last === undefined || last === "" ? null : Number(last);
}

/** Undefined for a program that ended since the driver listed it. */
async function placed(app: ComputeApp, slugOf: ReadonlyMap<string, string>): Promise<GpuProcess | undefined> {
  const cgroup = await cgroupOf(app.pid);
  const status = await unlessGone(() => readFile(`/proc/${app.pid}/status`, "utf8"));
  if (cgroup === undefined || status === undefined) return undefined;
  const slug = slugOf.get(containerOf(cgroup) ?? "") ?? null;
  return { ...app, slug, innerPid: slug === null ? null : innerPid(status) };
}

/** Whose a program is follows from its control group, which it can't leave. */
export async function gpuProcesses(
  context: AgentContext,
  input: VerbInput<"gpu.processes">,
): Promise<VerbResult<"gpu.processes">> {
  const apps = await listComputeApps(context.env.MEDFORGE_NVIDIA_SMI);
  if (apps.length === 0) return { processes: [] };
  const running = await context.running.list(input.installationId);
  const slugOf = new Map(running.map(({ containerId, labels }) => [containerId, labels.slug]));
  const processes = await Promise.all(apps.map((app) => placed(app, slugOf)));
  return { processes: processes.filter((process) => process !== undefined) };
}
