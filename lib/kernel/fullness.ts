/** Shares of a limit from which people are warned, gently and then urgently. */
export const warnShare = 0.8;
export const urgentShare = 0.95;

export type Fullness = "fine" | "high" | "urgent";

/** How near `used` is to `limit`, both in the same unit. */
export function fullness(used: number, limit: number): Fullness {
  if (used >= limit * urgentShare) return "urgent";
  return used >= limit * warnShare ? "high" : "fine";
}

/** Rounded down, so that nothing reads 100 % before it is; never above 100. */
export function percentOf(used: number, limit: number): number {
  return limit <= 0 ? 100 : Math.min(100, Math.max(0, Math.floor((used / limit) * 100)));
}
