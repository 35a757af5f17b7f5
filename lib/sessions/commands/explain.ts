import { asc, eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, sessions, users } from "@/db/schema";
import { nodeReachable, outOfServiceTexts } from "@/lib/fleet/rules";
import { AppError } from "@/lib/kernel/errors";
import { absoluteText } from "@/lib/kernel/zoned-time";

export interface WantedGpu {
  readonly gpuId: string | undefined;
  readonly gpuModel: string | undefined;
  /** Of the times in a refusal. */
  readonly zone: string;
}

/** In an order of their own, or a refusal would read differently each time. */
async function gpuFacts(tx: Tx) {
  return tx
    .select({
      id: gpus.publicId,
      index: gpus.deviceIndex,
      model: gpus.model,
      state: gpus.state,
      stateReason: gpus.stateReason,
      mode: gpus.mode,
      present: gpus.present,
      node: nodes.name,
      nodeId: nodes.id,
      lastSeenAt: nodes.lastSeenAt,
      unreachableSince: nodes.unreachableSince,
      holder: users.username,
      stopsAt: sessions.stopsAt,
      now: dbNow,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(eq(gpus.present, true))
    .orderBy(asc(sessions.stopsAt), asc(nodes.name), asc(gpus.deviceIndex));
}

type GpuFacts = Awaited<ReturnType<typeof gpuFacts>>[number];

/**
 * Why no GPU could be had, as an error to throw. Names holders and times, which everyone sees on the GPU list anyway; never
 * a slug or a workspace.
 */
export async function explainNoGpu(tx: Tx, wanted: WantedGpu, nodeId: number | undefined): Promise<AppError> {
  const all = await gpuFacts(tx);
  const fitting = all.filter(
    (gpu) =>
      (wanted.gpuId === undefined || gpu.id === wanted.gpuId) &&
      // As the database compares them when it picks one.
      (wanted.gpuModel === undefined || gpu.model.toLowerCase() === wanted.gpuModel.toLowerCase()),
  );
  if (fitting.length === 0) return noSuchGpu(wanted, all);
  const local = nodeId === undefined ? fitting : fitting.filter((gpu) => gpu.nodeId === nodeId);
  if (local.length === 0) {
    return noGpu("That GPU is on another host than the workspace. Choose another.");
  }
  const onDemand = local.filter((gpu) => gpu.mode === "on-demand");
  if (onDemand.length === 0) return noGpu(soldByTheHour(local));
  const usable = onDemand.filter((gpu) => nodeReachable(gpu, gpu.now) && gpu.state === "available");
  if (usable.length === 0) return noGpu(unusable(onDemand, wanted.zone));
  if (usable.some((gpu) => gpu.holder === null)) {
    return noGpu("A GPU became free just now. Try again.", { retryAfterSeconds: 1 });
  }
  const others = onDemand.filter((gpu) => !usable.includes(gpu));
  return noGpu(others.length === 0 ? inUse(usable, wanted) : noneFree(usable, others, wanted.zone));
}

function noGpu(message: string, options: { retryAfterSeconds?: number } = {}): AppError {
  return new AppError("conflict", message, { ...options, conflict: "no_gpu" });
}

function noSuchGpu(wanted: WantedGpu, all: GpuFacts[]): AppError {
  if (wanted.gpuId) return new AppError("not_found", `No GPU ${wanted.gpuId}.`);
  if (all.length === 0) return noGpu("This installation has no GPU yet.");
  const models = [...new Set(all.map((gpu) => gpu.model))].join(", ");
  return noGpu(`No GPU is a "${wanted.gpuModel}". There are: ${models}.`);
}

/** "GPU 0 (A100) is auctioned by the hour, and not launched on first come." */
function soldByTheHour(local: GpuFacts[]): string {
  const [only] = local;
  const how = local.every(({ mode }) => mode === "auction")
    ? "auctioned by the hour"
    : "given out by the hour";
  if (local.length === 1 && only) {
    return `GPU ${only.index} (${only.model}) is ${how}, not to whoever comes first. Choose another.`;
  }
  return `All ${local.length} GPUs are ${how}, none to whoever comes first.`;
}

function unusable(local: GpuFacts[], zone: string): string {
  const silent = local.find((gpu) => !nodeReachable(gpu, gpu.now));
  if (silent) {
    const since = silent.unreachableSince ?? silent.lastSeenAt;
    const when = since ? ` since ${absoluteText(since, silent.now, zone)}` : " yet";
    return `The GPU host ${silent.node} has not answered${when}, so nothing can start on it. Try again later.`;
  }
  const why = outOfServiceTexts(local).join(" ");
  if (local.length === 1) return `${why} Choose another.`;
  return `All ${local.length} GPUs are out of service for now. ${why}`;
}

/** "All 2 GPUs are in use; the next is free at 15:00 EST (ana)." */
function inUse(usable: GpuFacts[], wanted: WantedGpu): string {
  const next = usable.find((gpu) => gpu.stopsAt !== null);
  const [only] = usable;
  if (usable.length === 1 && only) {
    const what = wanted.gpuId ? `GPU ${only.index} (${only.model})` : `The only ${only.model}`;
    const until = only.stopsAt
      ? ` until ${absoluteText(only.stopsAt, only.now, wanted.zone)}`
      : ", without a time limit";
    return `${what} is in use by ${only.holder ?? "someone"}${until}.`;
  }
  const what = `All ${usable.length} ${wanted.gpuModel ? `${wanted.gpuModel} GPUs` : "GPUs"} are in use`;
  if (next?.stopsAt) {
    return `${what}; the next is free at ${absoluteText(next.stopsAt, next.now, wanted.zone)} (${next.holder}).`;
  }
  return `${what}, none with a time limit. Try again when someone stops a session.`;
}

/** "No GPU is free: 1 in use, 1 draining. GPU 1 is draining: new fans. The next is free at 15:00 EST (ana)." */
function noneFree(usable: GpuFacts[], others: GpuFacts[], zone: string): string {
  const counts = [
    [usable.length, "in use"],
    [others.filter(({ state }) => state === "draining").length, "draining"],
    [others.filter(({ state }) => state === "disabled").length, "disabled"],
    [others.filter(({ state }) => state === "available").length, "on a host that does not answer"],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const next = usable.find((gpu) => gpu.stopsAt !== null);
  const then = next?.stopsAt
    ? `The next is free at ${absoluteText(next.stopsAt, next.now, zone)} (${next.holder}).`
    : "None in use has a time limit. Try again when someone stops a session.";
  return [`No GPU is free: ${said.join(", ")}.`, ...outOfServiceTexts([...usable, ...others]), then].join(
    " ",
  );
}
