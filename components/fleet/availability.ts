import { relativeText } from "@/components/ui/time-text";
import type { GpuView } from "@/lib/fleet/model";
import { inService, outOfServiceTexts } from "@/lib/fleet/rules";
import { absoluteText } from "@/lib/kernel/zoned-time";

export interface Availability {
  /** GPUs in service: available, and held or ready to be. What is being drained or disabled comes free for nobody. */
  readonly total: number;
  readonly free: number;
  /** One sentence for the head of a page. */
  readonly headline: string;
  /** When nothing is free: who holds the first one to come free, and until when. */
  readonly next: string | null;
}

function soonest(gpus: readonly GpuView[]): GpuView | undefined {
  return gpus
    .filter((gpu) => gpu.holder?.until)
    .sort((a, b) => (a.holder?.until ?? "").localeCompare(b.holder?.until ?? ""))[0];
}

function whoHolds(gpus: readonly GpuView[], username: string): string {
  const names = [...new Set(gpus.flatMap((gpu) => (gpu.holder ? [gpu.holder.username] : [])))];
  return names.map((name) => (name === username ? "you" : name)).join(", ");
}

function nextFree(gpus: readonly GpuView[], username: string, now: Date, zone: string): string {
  const first = soonest(gpus);
  const holders = whoHolds(gpus, username);
  if (!first?.holder?.until) return `In use by ${holders}, without a time limit.`;
  const until = new Date(first.holder.until);
  const who = first.holder.username === username ? "you" : first.holder.username;
  const held = `GPU ${first.index} on ${first.node} is in use by ${who}`;
  if (until <= now) return `${held}, whose time limit has passed; it is about to come free.`;
  return `${held} until ${absoluteText(until, now, zone)} (${relativeText(until, now)}); it is the first to come free.`;
}

/** Why some take nobody new: what an admin took out, and each host that does not answer. */
function notServing(gpus: readonly GpuView[]): string[] {
  const silent = new Set(gpus.filter((gpu) => gpu.silent).map(({ node }) => node));
  return [...outOfServiceTexts(gpus), ...[...silent].map((host) => `The host ${host} does not answer.`)];
}

/** What can be had now, and if nothing, from whom and when. */
export function availability(
  gpus: readonly GpuView[],
  username: string,
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
    const which = total === gpus.length ? "" : " in service";
    const headline = total === 1 ? `The one GPU${which} is busy` : `All ${total} GPUs${which} are busy`;
    return {
      total,
      free,
      headline,
      next: [nextFree(serving, username, now, zone), ...notServing(gpus)].join(" "),
    };
  }
  return { total, free, headline: `${free} of ${total} ${total === 1 ? "GPU" : "GPUs"} free`, next: null };
}
