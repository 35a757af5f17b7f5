import type { GpuView } from "@/lib/fleet/model";
import { inService } from "@/lib/fleet/rules";

/** Sizes that GPUs are sold with, in GB. */
const soldGb = [
  2, 3, 4, 5, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 94, 96, 141, 180, 186, 192, 288,
];
/** ECC and firmware hide up to 6.5 % of what is on the label (an L40S sold with 48 GB reports 44.99 GiB). */
const hiddenShare = 0.935;
/** A few drivers report some MiB more than the label. */
const slackGb = 0.1;

/** Memory as on the label, in GB: 81559 MiB is sold as 80, 23034 as 24, 143771 as 141. */
export function memoryAsSold(memoryMiB: number): number {
  const gib = memoryMiB / 1024;
  const label = soldGb.find((gb) => gib <= gb + slackGb);
  return label !== undefined && gib >= label * hiddenShare ? label : Math.max(1, Math.round(gib));
}

/** `81 559 MiB`: the exact figure, for hover. */
export function exactMemory(memoryMiB: number): string {
  return `${String(memoryMiB).replace(/\B(?=(\d{3})+$)/g, " ")} MiB`;
}

/** The model without what the tile says elsewhere: vendor, memory size and the word "simulated". */
export function shortModel(model: string): string {
  const short = model
    .replace(/\(simulated\)/i, "")
    .replace(/^NVIDIA\s+/i, "")
    .replace(/^(GeForce|Tesla|Quadro)\s+/i, "")
    .replace(/[\s-]\d+\s?GB\b/i, "")
    .replace(/-/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return short === "" ? model : short;
}

export type GpuStatus =
  | "free"
  | "mine"
  | "held"
  | "scheduled"
  | "draining"
  | "disabled"
  | "absent"
  | "unreachable";

/** What a GPU is just now, seen by `username`. A holder outranks all else: the session on it is real. */
export function gpuStatus(gpu: GpuView, username: string): GpuStatus {
  if (gpu.holder) return gpu.holder.username === username ? "mine" : "held";
  if (gpu.free) return "free";
  if (!gpu.present) return "absent";
  if (gpu.state === "disabled") return "disabled";
  if (gpu.state === "draining") return "draining";
  // Whoever holds the hour may use it, and nobody else.
  if (gpu.mode !== "on-demand" && !gpu.silent) return "scheduled";
  return "unreachable";
}

export const gpuStatusWords: Record<GpuStatus, string> = {
  free: "Free",
  mine: "Yours",
  held: "In use",
  scheduled: "By the hour",
  draining: "Draining",
  disabled: "Disabled",
  absent: "Not found",
  unreachable: "No answer",
};

export interface Rack {
  readonly node: string;
  readonly gpus: readonly GpuView[];
}

/** GPUs by the server they sit in, servers by name, GPUs by device number. */
export function racks(gpus: readonly GpuView[]): Rack[] {
  const byNode = new Map<string, GpuView[]>();
  for (const gpu of gpus) byNode.set(gpu.node, [...(byNode.get(gpu.node) ?? []), gpu]);
  return [...byNode]
    .map(([node, members]) => ({ node, gpus: members.sort((a, b) => a.index - b.index) }))
    .sort((a, b) => a.node.localeCompare(b.node, "en", { numeric: true }));
}

/** Up to four in a row, and eight where there is room: as many bays as it has GPUs, so that none gapes. */
const bays = [
  "",
  "@lg:grid-cols-1",
  "@lg:grid-cols-2",
  "@lg:grid-cols-3",
  "@lg:grid-cols-4",
  "@lg:grid-cols-3 @5xl:grid-cols-5",
  "@lg:grid-cols-3 @5xl:grid-cols-6",
  "@lg:grid-cols-4 @5xl:grid-cols-7",
] as const;

/** The grid's classes for a server of so many GPUs. */
export function baysAcross(gpus: number): string {
  return bays[gpus] ?? "@lg:grid-cols-4 @5xl:grid-cols-8";
}

export interface ModelChoice {
  readonly model: string;
  readonly label: string;
  readonly free: number;
  readonly total: number;
}

/** The models one can ask for, most free first. */
export function modelChoices(gpus: readonly GpuView[]): ModelChoice[] {
  const byModel = new Map<string, ModelChoice>();
  for (const gpu of gpus) {
    if (!inService(gpu)) continue;
    const sum = byModel.get(gpu.model);
    byModel.set(gpu.model, {
      model: gpu.model,
      label: `${shortModel(gpu.model)} · ${memoryAsSold(gpu.memoryMiB)} GB`,
      free: (sum?.free ?? 0) + (gpu.free ? 1 : 0),
      total: (sum?.total ?? 0) + 1,
    });
  }
  return [...byModel.values()].sort((a, b) => b.free - a.free || a.label.localeCompare(b.label, "en"));
}
