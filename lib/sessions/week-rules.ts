const minuteMs = 60_000;
/** A session that the week's GPU-hours would end sooner than this isn't started. ms */
const leastShareMs = 5 * minuteMs;

export interface WeekUse {
  /** GPU time used this week. ms */
  readonly usedMs: number;
  readonly limitMinutes: number;
  /** Sessions that use it up from now on, side by side. */
  readonly holders: number;
  readonly now: Date;
  /** When the count begins anew. */
  readonly weekEnd: Date;
}

function shareMs({ usedMs, limitMinutes, holders }: WeekUse): number {
  return Math.floor(Math.max(0, limitMinutes * minuteMs - usedMs) / Math.max(1, holders));
}

/** When the week's GPU time is used up, if all go on; null when the week turns first. */
export function hoursEnd(use: WeekUse): Date | null {
  const end = new Date(use.now.getTime() + shareMs(use));
  return end < use.weekEnd ? end : null;
}

/** Whether the week's GPU time is enough for one more, which `holders` counts already. */
export function hoursAllow(use: WeekUse): boolean {
  return hoursEnd(use) === null || shareMs(use) >= leastShareMs;
}
