import { shortModel } from "@/components/fleet/gpu";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import type { GpuView } from "@/lib/fleet/model";
import { hourMs } from "@/lib/fleet/rules";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { GpuHoursView } from "@/lib/schedule/hours-model";
import type { LimitsView } from "@/lib/sessions/model";
import { hoursEnd } from "@/lib/sessions/week-rules";
import type { GpuChoice } from "./launch-choice";

/** What the hours of a GPU mean for a launch: it may run until then, or the present hour is missing. */
export type LaunchHours =
  | { readonly kind: "held"; readonly gpu: GpuView; readonly until: string }
  | { readonly kind: "missing"; readonly gpu: GpuView; readonly hours: GpuHoursView };

function isWanted(gpu: GpuView, choice: GpuChoice): boolean {
  if (choice.startsWith("gpu:")) return choice === `gpu:${gpu.id}`;
  return choice === "any" || choice === `model:${gpu.model}`;
}

const serves = (gpu: GpuView) => gpu.state === "available" && gpu.present && !gpu.silent;

/** One that can be had at once comes before one whose next hour is the reader's, and that before all others. */
function rank({ present, mine }: GpuHoursView): number {
  if (present.offer === "take") return 0;
  if (mine !== null) return 1;
  return present.offer === null ? 3 : 2;
}

/**
 * Of the GPU that a launch would have, or that could be had for it; null where none of those that are wanted is sold by the
 * hour, or one is free to whoever comes first.
 */
export function launchHours(
  choice: GpuChoice,
  gpus: readonly GpuView[],
  hours: readonly GpuHoursView[],
): LaunchHours | null {
  const wanted = gpus.filter((gpu) => isWanted(gpu, choice) && serves(gpu));
  const held = wanted.find((gpu) => gpu.free && gpu.heldUntil !== null);
  if (held?.heldUntil) return { kind: "held", gpu: held, until: held.heldUntil };
  if (wanted.some((gpu) => gpu.free)) return null;
  const [best] = wanted
    .flatMap((gpu) => {
      const own = hours.find(({ gpuId }) => gpuId === gpu.id);
      // In one's own hours nothing is missing: a session is on it.
      return own && gpu.heldUntil === null ? [{ kind: "missing" as const, gpu, hours: own }] : [];
    })
    .sort((a, b) => rank(a.hours) - rank(b.hours));
  return best ?? null;
}

/**
 * When the week's GPU-hours end a session that is launched now, all others going on; null where that is no sooner than the
 * hours that its owner holds of the GPU.
 * @param until when those end, ISO 8601
 * @param now ms
 */
export function usedUpBefore(until: string, { gpuHours, sessions }: LimitsView, now: number): Date | null {
  const { used, limit, weekEndsAt } = gpuHours;
  if (limit === null) return null;
  const end = hoursEnd({
    usedMs: used * hourMs,
    limitMinutes: limit * 60,
    holders: sessions.used + 1,
    now: new Date(now),
    weekEnd: new Date(weekEndsAt),
  });
  return end !== null && end.getTime() < Date.parse(until) - leaveSeconds * 1000 ? end : null;
}

/** That a session ends with its owner's hours of the GPU, and when those end where it is known. */
export interface EndsWithHours {
  readonly until: string | null;
}

/** Of a launch with this choice; null where no hours end it. */
export function endsWithHours(
  choice: GpuChoice,
  gpus: readonly GpuView[],
  hours: readonly GpuHoursView[],
): EndsWithHours | null {
  const of = launchHours(choice, gpus, hours);
  if (of) return { until: of.kind === "held" ? of.until : null };
  const wanted = gpus.filter((gpu) => isWanted(gpu, choice) && serves(gpu));
  const allSold = wanted.length > 0 && wanted.every(({ mode }) => mode !== "on-demand");
  return allSold ? { until: null } : null;
}

/** What ends a session that is launched with this time limit, before anybody stops it. */
export function limitHint(
  ttlMinutes: number | null,
  ends: EndsWithHours | null,
  now: Date,
  zone: string,
): string {
  const leaves = ends?.until ? new Date(Date.parse(ends.until) - leaveSeconds * 1000) : null;
  const hours = `a minute before your hours end${leaves ? `, at ${absoluteText(leaves, now, zone)}` : ""}`;
  if (ttlMinutes === null) return ends ? `Runs until ${hours}.` : "Runs until you stop it.";
  const sooner = ends ? `, or ${hours} if that comes first,` : "";
  return `At the limit${sooner} it is snapshotted and stopped; the workspace stays.`;
}

/** "GPU 0 on gpu1, L4". */
export function namedGpu({ index, node, model }: Pick<GpuView, "index" | "node" | "model">): string {
  return `GPU ${index} on ${node}, ${shortModel(model)}`;
}
