import { dbNowPlus } from "@/db/clock";

/** The columns of a row whose claim is given back, to be taken again after `delayMs` milliseconds. */
export function dueAgainIn(delayMs: number) {
  return { claimOwner: null, claimExpiresAt: null, nextAttemptAt: dbNowPlus(delayMs) };
}
