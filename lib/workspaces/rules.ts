import { defaultQuotaGb } from "./model";

/**
 * The quota of a new workspace, in GB: what was asked for, else the default as far as the limit leaves room.
 * @param limitGb of all the person's workspaces together; null: no limit
 * @returns null when it doesn't fit
 */
export function grantedQuotaGb(
  wantedGb: number | undefined,
  takenGb: number,
  limitGb: number | null,
): number | null {
  const leftGb = limitGb === null ? Number.POSITIVE_INFINITY : limitGb - takenGb;
  const quotaGb = wantedGb ?? Math.min(defaultQuotaGb, leftGb);
  return quotaGb >= 1 && quotaGb <= leftGb ? quotaGb : null;
}

/** What a workspace with every generation and snapshot may hold, in whole GB. */
export function spaceGb(quotaGb: number, factor: number): number {
  return Math.ceil(quotaGb * factor);
}
