import { hourMs } from "@/lib/fleet/rules";
import type { Cell, GridView } from "@/lib/schedule/model";

/** A Saturday midnight in New York. */
export const firstHour = "2026-12-05T05:00:00.000Z";

/** Milliseconds at so many hours after the week's first. */
export const hoursIn = (hours: number): number => Date.parse(firstHour) + hours * hourMs;

/** A week of `gpus` GPUs that closes with its first hour. */
export function gridOf(
  part: { gpus?: number; cells?: Cell[] } & Partial<Omit<GridView, "gpus" | "cells">>,
): GridView {
  const { gpus = 2, ...rest } = part;
  return {
    week: "2026-12-05",
    startsAt: firstHour,
    endsAt: new Date(hoursIn(168)).toISOString(),
    closesAt: firstHour,
    status: "open",
    now: new Date(hoursIn(-48)).toISOString(),
    zone: "America/New_York",
    hours: { first: firstHour, count: 168 },
    people: ["ana", "ben"],
    cells: [],
    outbid: [],
    ...rest,
    gpus: Array.from({ length: gpus }, (_, index) => ({
      id: `gpu_${index}`,
      index,
      node: "gpu1",
      model: "NVIDIA H100",
      memoryMiB: 81_559,
      mode: "auction",
      state: "available",
    })),
  };
}
