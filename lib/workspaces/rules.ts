import { urgentShare, warnShare } from "@/lib/kernel/fullness";
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

/** How full a workspace may be before its owner is told, in percent of what it may hold; the highest comes first. */
const fillingMarks = [urgentShare, warnShare].map((share) => Math.round(share * 100));
/** A mark counts as left behind once the workspace is this much below it, in points: else one at the mark would be told of every half minute. */
const leftBehindBy = 5;

/** The least time between two notices of one mark, however often it is passed, in ms: files may be moved about all day. */
export const toldAgainAfterMs = 24 * 60 * 60_000;

export interface Filling {
  /** The highest mark that is passed; null below all. */
  readonly passed: number | null;
  /** Marks that may be told of again when they are next passed. */
  readonly leftBehind: readonly number[];
}

/** Where a workspace stands against the marks. */
export function fillingOf(usedBytes: number, limitBytes: number): Filling {
  const percent = (usedBytes / limitBytes) * 100;
  return {
    passed: fillingMarks.find((mark) => percent >= mark) ?? null,
    leftBehind: fillingMarks.filter((mark) => percent < mark - leftBehindBy),
  };
}
