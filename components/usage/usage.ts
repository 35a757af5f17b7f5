import { hourMs } from "@/lib/fleet/rules";
import type { Agreement, UsageView } from "@/lib/usage/model";

/** An hour of a GPU, with the names of its people. */
export interface UsedSlot {
  readonly agreement: Agreement;
  readonly samples: number;
  readonly busySamples: number;
  readonly assigned: string | null;
  readonly actual: string | null;
  readonly actualSamples: number;
}

/** By GPU, then by hour of the week; null where nobody held it and nobody looked. */
export function slotsOf({ gpus, hours, people, cells }: UsageView): (UsedSlot | null)[][] {
  const slots = gpus.map(() => Array<UsedSlot | null>(hours.count).fill(null));
  const nameAt = (place: number | null) => (place === null ? null : (people[place] ?? null));
  for (const [gpu, hour, agreement, samples, busySamples, assigned, actual, actualSamples] of cells) {
    const row = slots[gpu];
    if (row) {
      const names = { assigned: nameAt(assigned), actual: nameAt(actual) };
      row[hour] = { agreement, samples, busySamples, actualSamples, ...names };
    }
  }
  return slots;
}

/** How a cell looks: an outcome, or why there is none. */
export type Look = Agreement | "to_come" | "running";

/** @param hour of the week; @param now by the lab's clock, in hours since the week's first */
export function lookOf(slot: UsedSlot | null, hour: number, now: number): Look {
  if (slot && slot.agreement !== "not_over") return slot.agreement;
  if (hour > now) return "to_come";
  if (hour + 1 > now) return "running";
  return slot ? "not_over" : "not_seen";
}

/** Which quarter of the samples saw anybody: 0 for none, 4 for nearly all. */
export function quarterOf(slot: UsedSlot | null): number {
  if (!slot || slot.samples === 0) return 0;
  return Math.ceil((4 * slot.busySamples) / slot.samples);
}

/** Hours since the week's first, by the lab's clock. */
export function hoursIn({ hours }: UsageView, nowMs: number): number {
  return (nowMs - Date.parse(hours.first)) / hourMs;
}

/** Hours in a row on one GPU that did not go as they were held. */
export interface Misfit {
  /** The GPU's place. */
  readonly gpu: number;
  /** The first hour's place, and how many they are. */
  readonly from: number;
  readonly count: number;
  readonly agreement: "held_idle" | "by_another";
  readonly assigned: string;
  readonly actual: string | null;
}

function misfitOf(slot: UsedSlot | null): Omit<Misfit, "gpu" | "from" | "count"> | null {
  if (!slot || slot.assigned === null) return null;
  const { agreement, assigned, actual } = slot;
  return agreement === "held_idle" || agreement === "by_another" ? { agreement, assigned, actual } : null;
}

/** What does not fit of a week, the latest first. */
export function misfitsOf(slots: readonly (readonly (UsedSlot | null)[])[]): Misfit[] {
  const found = slots.flatMap((row, gpu) => {
    const runs: Misfit[] = [];
    row.forEach((slot, hour) => {
      const misfit = misfitOf(slot);
      if (!misfit) return;
      const last = runs.at(-1);
      const goesOn =
        last?.from === hour - (last?.count ?? 0) &&
        last.agreement === misfit.agreement &&
        last.assigned === misfit.assigned &&
        last.actual === misfit.actual;
      if (last && goesOn) runs[runs.length - 1] = { ...last, count: last.count + 1 };
      else runs.push({ ...misfit, gpu, from: hour, count: 1 });
    });
    return runs;
  });
  return found.sort((a, b) => b.from - a.from || a.gpu - b.gpu);
}
