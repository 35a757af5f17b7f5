import type { AppError } from "@/lib/kernel/errors";
import { type PlannedLaunch, plannedLaunch } from "./planned-model";

/** How soon a start is tried again that something was in the way of, at first. ms */
const soonMs = 2_000;
/** The same once it is late. ms */
export const longestRetryMs = 15_000;
/** By then what was stopped for the hour has had its snapshot and is gone. ms */
const lateAfterMs = 2 * 60_000;

/** What is told of a start whose launch was stored in a way that this release can't read. */
export const unreadable = "What was planned can't be read any more. Launch it yourself, or plan it anew.";

/** A launch as it was stored, JSON; null where it can't be read. */
export function readLaunch(stored: string): PlannedLaunch | null {
  return plannedLaunch.safeParse(JSON.parse(stored)).data ?? null;
}

/** Whether it has waited long enough for its owner to be told. @param sinceMs since the hour's beginning */
export function isLate(sinceMs: number): boolean {
  return sinceMs >= lateAfterMs;
}

/** How soon to try again. @param sinceMs since the hour's beginning */
export function retryAfterMs(sinceMs: number): number {
  return isLate(sinceMs) ? longestRetryMs : soonMs;
}

/**
 * Whether what a launch was refused for may pass while the hours last: the GPU or the workspace is in use or out of
 * service, and the limit on sessions as long as one of theirs is `stopping`. Everything else needs its owner or an
 * administrator.
 */
export function mayPass({ code, conflict }: Pick<AppError, "code" | "conflict">, stopping: boolean): boolean {
  if (code === "unavailable") return true;
  if (code !== "conflict") return false;
  if (conflict === "limit_reached") return stopping;
  return conflict === "no_gpu" || conflict === "in_use" || conflict === "changed_meanwhile";
}
