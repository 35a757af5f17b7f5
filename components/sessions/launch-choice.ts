import { modelChoices } from "@/components/fleet/gpu";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { LaunchInput, SessionView } from "@/lib/sessions/model";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import type { LastLaunch } from "./last-launch";

/** `any`, `model:<name>` or `gpu:<id>`: one string, so that a select can hold it. */
export type GpuChoice = "any" | `model:${string}` | `gpu:${string}`;

export interface LaunchChoice {
  /** A workspace's id, or null for a new one of name `newName`. */
  readonly workspaceId: string | null;
  readonly newName: string;
  readonly gpu: GpuChoice;
  /** Null sets no time limit. */
  readonly ttlMinutes: number | null;
  readonly packId: string | null;
}

/** Neither a session nor an operation holds it. */
export function isUsable(workspace: WorkspaceView): boolean {
  return workspace.activeSession === null && workspace.activeOperation === null;
}

/** A name that none of the workspaces has: `work`, `work-2`, … */
export function freshName(workspaces: readonly WorkspaceView[]): string {
  const taken = new Set(workspaces.map((workspace) => workspace.name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "work" : `work-${number}`;
    if (!taken.has(name)) return name;
  }
}

function pickWorkspace(
  last: LastLaunch | null,
  workspaces: readonly WorkspaceView[],
  sessions: readonly SessionView[],
): string | null {
  const usable = workspaces.filter(isUsable);
  const wanted = [last?.workspaceId, sessions[0]?.workspace.id];
  const named = usable.find((workspace) => workspace.name === last?.workspaceName);
  const known = wanted.map((id) => usable.find((workspace) => workspace.id === id)).find(Boolean);
  const recent = [...usable].sort((a, b) => (b.lastUsedAt ?? "").localeCompare(a.lastUsedAt ?? ""))[0];
  return (named ?? known ?? recent)?.id ?? null;
}

function pickGpu(last: LastLaunch | null, gpus: readonly GpuView[]): GpuChoice {
  if (last?.gpuId && gpus.some((gpu) => gpu.id === last.gpuId && gpu.free)) return `gpu:${last.gpuId}`;
  if (last?.gpuModel && gpus.some((gpu) => gpu.model === last.gpuModel)) return `model:${last.gpuModel}`;
  return "any";
}

/** What there is to choose from. */
export interface LaunchOffer {
  readonly workspaces: readonly WorkspaceView[];
  readonly gpus: readonly GpuView[];
  readonly packs: readonly PackView[];
}

/** The last choices, as far as they can still be had; sessions newest first. */
export function initialChoice(
  last: LastLaunch | null,
  offer: LaunchOffer,
  sessions: readonly SessionView[],
): LaunchChoice {
  const choice = {
    workspaceId: pickWorkspace(last, offer.workspaces, sessions),
    newName: freshName(offer.workspaces),
    gpu: pickGpu(last, offer.gpus),
    ttlMinutes: last?.ttlMinutes ?? null,
    packId: last?.packId ?? null,
  };
  return stillOffered(choice, offer);
}

function isOffered(gpu: GpuChoice, gpus: readonly GpuView[]): boolean {
  if (gpu.startsWith("model:")) return modelChoices(gpus).some(({ model }) => gpu === `model:${model}`);
  return gpu === "any" || gpus.some(({ id }) => gpu === `gpu:${id}`);
}

/** The choice without what has gone since it was made: a select would show one thing and the launch ask for another. */
export function stillOffered(choice: LaunchChoice, { workspaces, gpus, packs }: LaunchOffer): LaunchChoice {
  return {
    ...choice,
    workspaceId: workspaces.some(({ id }) => id === choice.workspaceId) ? choice.workspaceId : null,
    gpu: isOffered(choice.gpu, gpus) ? choice.gpu : "any",
    packId: packs.some(({ id }) => id === choice.packId) ? choice.packId : null,
  };
}

/** What was chosen for a session that starts by itself; its workspace may be in use until then. */
export function plannedChoice(launch: PlannedStartView["launch"], offer: LaunchOffer): LaunchChoice {
  const { workspaceId, workspaceName, ttlMinutes, packId } = launch;
  const named = offer.workspaces.find(({ name }) => name.toLowerCase() === workspaceName?.toLowerCase());
  const choice = {
    workspaceId: workspaceId ?? named?.id ?? null,
    newName: workspaceName ?? freshName(offer.workspaces),
    gpu: "any",
    ttlMinutes: ttlMinutes ?? null,
    packId: packId ?? null,
  } as const;
  return stillOffered(choice, offer);
}

/** A new workspace of a name that there is would be that one; names differ by more than case. */
export function isNameTaken(choice: LaunchChoice, workspaces: readonly WorkspaceView[]): boolean {
  const name = choice.newName.trim().toLowerCase();
  return choice.workspaceId === null && workspaces.some((workspace) => workspace.name.toLowerCase() === name);
}

/** What the launch is asked for. */
export function launchInputOf(choice: LaunchChoice, longestMinutes: number | null = null): LaunchInput {
  return {
    ...(choice.gpu.startsWith("model:") ? { gpuModel: choice.gpu.slice("model:".length) } : {}),
    ...(choice.gpu.startsWith("gpu:") ? { gpuId: choice.gpu.slice("gpu:".length) } : {}),
    ...withoutGpu(choice, longestMinutes),
  };
}

/** The same without the GPU, for one that is known otherwise. */
export function withoutGpu(
  choice: LaunchChoice,
  longestMinutes: number | null,
): Omit<LaunchInput, "gpuId" | "gpuModel"> {
  const ttlMinutes = allowedTtl(choice.ttlMinutes, longestMinutes);
  return {
    ...(choice.workspaceId ? { workspaceId: choice.workspaceId } : { workspaceName: choice.newName }),
    ...(ttlMinutes === null ? {} : { ttlMinutes }),
    ...(choice.packId === null ? {} : { packId: choice.packId }),
  };
}

const offeredMinutes = [60, 120, 240, 480, 1440, 4320];

/** The time limit that a choice comes to: without one, or beyond it, the longest that is allowed. */
export function allowedTtl(chosen: number | null, longest: number | null): number | null {
  if (longest === null) return chosen;
  return chosen === null ? longest : Math.min(chosen, longest);
}

/** Time limits on offer, with the last one used and the longest allowed even when they are none of them. */
export function ttlOptions(current: number | null, longest: number | null = null): number[] {
  const all = new Set([...offeredMinutes, ...[current, longest].filter((one) => one !== null)]);
  return [...all].filter((one) => longest === null || one <= longest).sort((a, b) => a - b);
}
