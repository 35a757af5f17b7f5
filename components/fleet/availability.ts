import { relativeText } from "@/components/ui/time-text";
import type { GpuView } from "@/lib/fleet/model";
import { inService, outOfServiceTexts } from "@/lib/fleet/rules";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { GpuHoursView } from "@/lib/schedule/hours-model";

export interface Availability {
  /** GPUs in service: available, and held or ready to be. What is being drained or disabled comes free for nobody. */
  readonly total: number;
  readonly free: number;
  /** One sentence for the head of a page. */
  readonly headline: string;
  /** When nothing is free: who holds the first one to come free, and until when. */
  readonly next: string | null;
}

/** One that whoever comes first can have then comes before those of which hours are sold. */
function soonest(gpus: readonly GpuView[]): GpuView | undefined {
  const ending = gpus.filter((gpu) => gpu.holder?.until);
  const open = ending.filter(({ mode }) => mode === "on-demand");
  return [...(open.length > 0 ? open : ending)].sort((a, b) =>
    (a.holder?.until ?? "").localeCompare(b.holder?.until ?? ""),
  )[0];
}

function whoHolds(gpus: readonly GpuView[], username: string): string {
  const names = [...new Set(gpus.flatMap((gpu) => (gpu.holder ? [gpu.holder.username] : [])))];
  return names.map((name) => (name === username ? "you" : name)).join(", ");
}

/** What becomes of a GPU whose session has to leave it: of hours that are sold, whose the next one is. */
function thenText({ id, mode, heldUntil }: GpuView, hours: readonly GpuHoursView[]): string {
  if (mode === "on-demand") return "; it is the first to come free";
  const next = heldUntil === null ? null : hours.find(({ gpuId }) => gpuId === id)?.next;
  if (!next) return "; its hours are sold";
  return next.person === null ? "; nobody holds the hour after" : `; ${next.person} has the hour after`;
}

function nextFree(
  gpus: readonly GpuView[],
  { username, now, zone, hours }: Reader & { now: Date; zone: string },
): string {
  const first = soonest(gpus);
  const holders = whoHolds(gpus, username);
  if (!first?.holder?.until) return `In use by ${holders}, without a time limit.`;
  const until = new Date(first.holder.until);
  const who = first.holder.username === username ? "you" : first.holder.username;
  const held = `GPU ${first.index} on ${first.node} is in use by ${who}`;
  if (until <= now && first.mode === "on-demand")
    return `${held}, whose time limit has passed; it is about to come free.`;
  return `${held} until ${absoluteText(until, now, zone)} (${relativeText(until, now)})${thenText(first, hours)}.`;
}

/** Why some take nobody new: what an admin took out, and each host that does not answer. */
function notServing(gpus: readonly GpuView[]): string[] {
  const silent = new Set(gpus.filter((gpu) => gpu.silent).map(({ node }) => node));
  return [...outOfServiceTexts(gpus), ...[...silent].map((host) => `The host ${host} does not answer.`)];
}

/** By the hour, and the present one not the reader's. */
const givenOut = ({ mode, heldUntil, state, silent }: GpuView) =>
  mode !== "on-demand" && heldUntil === null && state === "available" && !silent;

/** Where none is free: GPUs in whose hours somebody else is are as busy as those that the reader could have. */
function busyText(gpus: readonly GpuView[], serving: number): string {
  const sold = gpus.filter(givenOut);
  const idle = sold.filter(({ holder }) => holder === null).length;
  const busy = serving + sold.length - idle;
  if (idle > 0) return `No GPU is free: ${busy} busy, ${idle} given out by the hour`;
  const which = busy === gpus.length ? "" : " in service";
  return busy === 1 ? `The one GPU${which} is busy` : `All ${busy} GPUs${which} are busy`;
}

interface Reader {
  readonly username: string;
  /** Of GPUs whose hours are sold, as far as they are known. */
  readonly hours: readonly GpuHoursView[];
}

/** What can be had now, and if nothing, from whom and when. */
export function availability(
  gpus: readonly GpuView[],
  { username, hours }: Reader,
  now: Date,
  zone: string,
): Availability {
  const serving = gpus.filter(inService);
  const free = serving.filter((gpu) => gpu.free).length;
  const total = serving.length;
  if (gpus.length === 0) {
    return { total, free, headline: "No GPU is known yet", next: "The host's agent has not reported any." };
  }
  if (total === 0 && gpus.some(({ mode, state }) => mode !== "on-demand" && state === "available")) {
    return {
      total,
      free,
      headline: "Every GPU is given out by the hour",
      next: ["Their hours are bid on and taken under GPU time.", ...notServing(gpus)].join(" "),
    };
  }
  if (total === 0) {
    return {
      total,
      free,
      headline: "No GPU is in service",
      next: notServing(gpus).join(" ") || "Their host does not answer.",
    };
  }
  if (free === 0) {
    return {
      total,
      free,
      headline: busyText(gpus, total),
      next: [nextFree(serving, { username, now, zone, hours }), ...notServing(gpus)].join(" "),
    };
  }
  return { total, free, headline: `${free} of ${total} ${total === 1 ? "GPU" : "GPUs"} free`, next: null };
}
