import type { Ranking } from "../model";

export type Range = readonly [low: number, high: number];

export interface Interval {
  readonly score: Range;
  /** Places among the entries that were ranked together. */
  readonly rank: Range;
  readonly replicates: number;
  /** Resamples that leave its metric undefined. */
  readonly leftOut: number;
}

/** What lies outside on either side. */
const tail = 0.025;

/**
 * The 95 % percentile interval of a bootstrap: of B values in order the k-th and the (B + 1 - k)-th, k the whole part of
 * (B + 1) * 0.025 (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). Both are values that came up.
 * @param values of the resamples, in any order
 * @returns null of fewer than 39, which have no such k
 */
function percentileInterval(values: Float64Array): Range | null {
  const sorted = values.toSorted();
  const k = Math.floor((sorted.length + 1) * tail);
  const [low, high] = [sorted[k - 1], sorted[sorted.length - k]];
  return low === undefined || high === undefined ? null : [low, high];
}

/**
 * Intervals of score and rank of a board's entries. Each resample ranks all of them anew by the primary metric, as
 * Wiesenfarth et al. ("Methods and open-source toolkit for analyzing and visualizing challenge results", Scientific Reports
 * 2021, challengeR) do for a challenge's algorithms; equals share the places from the first to the last of them, so that
 * their interval goes from the low end of the first to the high end of the last, and whoever is undefined comes last.
 * @param entries best first, each with its metric on the same resamples; NaN where it is undefined
 * @returns of each entry; null where too few resamples define it
 */
export function intervalsOf(
  entries: readonly Float64Array[],
  direction: Ranking["direction"],
): (Interval | null)[] {
  const resamples = entries[0]?.length ?? 0;
  const [firsts, lasts] = [entries, entries].map((all) => all.map(() => new Float64Array(resamples)));
  for (let resample = 0; resample < resamples; resample++) {
    const scores = entries.map((values) => keyOf(values[resample] ?? Number.NaN, direction));
    const order = scores.map((_, entry) => entry);
    order.sort((a, b) => compare(scores[a] ?? 0, scores[b] ?? 0));
    for (let first = 0, end = 0; first < order.length; first = end) {
      const score = scores[order[first] ?? 0];
      while (end < order.length && scores[order[end] ?? 0] === score) end++;
      for (const entry of order.slice(first, end)) {
        firsts?.[entry]?.fill(first + 1, resample, resample + 1);
        lasts?.[entry]?.fill(end, resample, resample + 1);
      }
    }
  }
  return entries.map((values, entry) => {
    const isKnown = (_: number, resample: number) => !Number.isNaN(values[resample]);
    const known = values.filter(isKnown);
    const score = percentileInterval(known);
    const low = percentileInterval((firsts?.[entry] ?? new Float64Array()).filter(isKnown));
    const high = percentileInterval((lasts?.[entry] ?? new Float64Array()).filter(isKnown));
    if (score === null || low === null || high === null) return null;
    return {
      score,
      rank: [low[0], high[1]],
      replicates: known.length,
      leftOut: values.length - known.length,
    };
  });
}

/** The smaller the better. */
function keyOf(score: number, direction: Ranking["direction"]): number {
  if (Number.isNaN(score)) return Number.POSITIVE_INFINITY;
  return direction === "max" ? -score : score;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}
