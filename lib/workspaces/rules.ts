/** How full a workspace may be before its owner is told, in percent of its quota; the highest comes first. */
const fillingMarks = [95, 80] as const;
/** A mark counts as left behind once the workspace is this much below it, in points: else one at the mark would be told of every half minute. */
const leftBehindBy = 5;

export interface Filling {
  /** The highest mark that is passed; null below all. */
  readonly passed: number | null;
  /** Marks that may be told of again when they are next passed. */
  readonly leftBehind: readonly number[];
}

/** Where a workspace stands against the marks. */
export function fillingOf(usedBytes: number, quotaGb: number): Filling {
  const percent = (usedBytes / (quotaGb * 1024 ** 3)) * 100;
  return {
    passed: fillingMarks.find((mark) => percent >= mark) ?? null,
    leftBehind: fillingMarks.filter((mark) => percent < mark - leftBehindBy),
  };
}
