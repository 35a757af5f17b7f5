import { at } from "../numbers";
import { Draws } from "./draws";

/**
 * A metric of a resample.
 * @param counts how often each case of the split was drawn
 * @returns null where the formula leaves it undefined, as the AUC of a resample with one class only
 */
export type ResampledMetric = (counts: Uint32Array) => number | null;

/** A split's bootstrap. */
export interface Replicates {
  /** Cases that were drawn from, as many as each time. */
  readonly cases: number;
  /** The metric of each case once: what the submission scores. */
  readonly score: number | null;
  /** In the order of the draws; null where the metric is undefined. */
  readonly values: readonly (number | null)[];
}

/** Another name wherever the same split would be drawn from otherwise: resamples by different ones can't be ranked together. */
export const drawnBy = "medforge/bootstrap@2";

/** Draws of one split altogether, within the two bounds: a second or two for a table of any size. */
const drawsInAll = 20_000_000;
const replicates = { least: 100, most: 1000 } as const;

/** How often a split of so many cases is resampled: 20,000,000 / cases, at least 100 and at most 1000 times. */
export function replicateCount(cases: number): number {
  return Math.min(replicates.most, Math.max(replicates.least, Math.floor(drawsInAll / cases)));
}

/**
 * Resamples the cases of a split with replacement, each time as many as there are, and takes the metric of each resample
 * (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6). The n-th resample of the same seed and
 * number of cases is the same set of cases, whatever is measured on it: so submissions can be ranked on each of them.
 */
export function bootstrap(metric: ResampledMetric, cases: number, seed: string): Replicates {
  const draws = Draws.of(seed);
  const counts = new Uint32Array(cases);
  const values = Array.from({ length: replicateCount(cases) }, () => {
    counts.fill(0);
    for (let draw = 0; draw < cases; draw++) {
      const place = draws.below(cases);
      counts[place] = at(counts, place) + 1;
    }
    return metric(counts);
  });
  return { cases, score: metric(counts.fill(1)), values };
}
