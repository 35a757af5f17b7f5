import type { Column, SQL } from "drizzle-orm";
import { dbNowPlus, dueBy } from "@/db/clock";

/** No claimed row is put off for longer, in ms: whatever lies further ahead is from a clock that was set back since. */
const longestWaitMs = 30_000;

/** The columns of a row whose claim is given back, to be taken again after `delayMs` milliseconds, or half a minute. */
export function dueAgainIn(delayMs: number) {
  const nextAttemptAt = dbNowPlus(Math.min(delayMs, longestWaitMs));
  return { claimOwner: null, claimExpiresAt: null, nextAttemptAt };
}

/** Whether a row may be taken whose next attempt `dueAgainIn` wrote. */
export function dueForClaim(nextAttemptAt: Column): SQL {
  return dueBy(nextAttemptAt, longestWaitMs);
}
