import { type Confusion, confusionWith } from "../labels";
import { at, descending, sum } from "../numbers";
import type { Table } from "../probabilities";
import type { ResampledMetric } from "./resample";

// What each of these makes of a resample is what the metric's own formula makes of the rows written out as often as they
// were drawn: to the bit for ratios of counts, within rounding for sums of terms.

/** Of a metric by the confusion of true and predicted classes, by places on the declared scale. */
export function byConfusion(
  formula: (confusion: Confusion) => number,
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
  classes: number,
): ResampledMetric {
  const cells = Int32Array.from(truth, (label, row) => label * classes + at(prediction, row));
  return (counts) => {
    const table = new Float64Array(classes * classes);
    for (let row = 0; row < cells.length; row++) {
      const cell = at(cells, row);
      table[cell] = at(table, cell) + at(counts, row);
    }
    return formula(confusionWith(table, classes));
  };
}

/**
 * Of a mean over values of which each case has none, one or several.
 * @param caseOf the case of each value
 * @returns undefined for a resample without a value
 */
export function byMean(values: ArrayLike<number>, caseOf: ArrayLike<number>): ResampledMetric {
  return (counts) => {
    let total = 0;
    let many = 0;
    for (let index = 0; index < values.length; index++) {
      const count = at(counts, at(caseOf, index));
      total += count * at(values, index);
      many += count;
    }
    return many === 0 ? null : total / many;
  };
}

/** Of a mean over cases, those left out that have null. */
export function byMeanOfCases(values: ArrayLike<number | null>): ResampledMetric {
  const pairs = Array.from(values, (value, place) => ({ value, place }));
  const known = pairs.flatMap(({ value, place }) => (value === null ? [] : [{ value, place }]));
  return byMean(
    Float64Array.from(known, ({ value }) => value),
    Int32Array.from(known, ({ place }) => place),
  );
}

/** Of `rocAuc`. */
export function byRocAuc(isPositive: ArrayLike<number>, scores: ArrayLike<number>): ResampledMetric {
  const ranked = ranking(isPositive, scores);
  return (counts) => {
    const { positives, negatives } = ranked.count(counts);
    if (positives === 0 || negatives === 0) return null;
    let won = 0;
    let above = 0;
    ranked.eachTie(counts, (tied, others) => {
      won += tied * (2 * (negatives - above - others) + others);
      above += others;
    });
    return won / (2 * positives * negatives);
  };
}

/** Of `averagePrecision`. */
export function byAveragePrecision(
  isPositive: ArrayLike<number>,
  scores: ArrayLike<number>,
): ResampledMetric {
  const ranked = ranking(isPositive, scores);
  return (counts) => {
    const { positives } = ranked.count(counts);
    if (positives === 0) return null;
    let total = 0;
    let hits = 0;
    let rows = 0;
    ranked.eachTie(counts, (tied, others) => {
      if (tied + others === 0) return;
      hits += tied;
      rows += tied + others;
      total += (tied / positives) * (hits / rows);
    });
    return total;
  };
}

/** Of the mean of all classes' AUCs against the others: undefined where one of them is. */
export function byMeanAuc(truth: ArrayLike<number>, { classes, cells }: Table): ResampledMetric {
  const aucs = Array.from({ length: classes }, (_, k) =>
    byRocAuc(
      Uint8Array.from(truth, (label) => (label === k ? 1 : 0)),
      Float64Array.from(truth, (_label, row) => at(cells, row * classes + k)),
    ),
  );
  return (counts) => {
    const values = aucs.map((auc) => auc(counts));
    const known = values.filter((value) => value !== null);
    return known.length < classes ? null : sum(known) / classes;
  };
}

/** Rows from the highest score on, sorted once for all resamples. */
function ranking(isPositive: ArrayLike<number>, scores: ArrayLike<number>) {
  const order = descending(scores);
  const positive = Uint8Array.from(order, (row) => at(isPositive, row));
  /** 1 where the next row's score is another. */
  const ends = Uint8Array.from(order, (row, rank) => (scores[row] === scores[order[rank + 1] ?? -1] ? 0 : 1));
  return {
    count(counts: Uint32Array): { positives: number; negatives: number } {
      let positives = 0;
      let all = 0;
      for (let rank = 0; rank < order.length; rank++) {
        const count = at(counts, at(order, rank));
        all += count;
        if (positive[rank] === 1) positives += count;
      }
      return { positives, negatives: all - positives };
    },
    /** Rows of each kind that share a score, from the highest on; of scores that were not drawn none. */
    eachTie(counts: Uint32Array, take: (positives: number, negatives: number) => void): void {
      let positives = 0;
      let negatives = 0;
      for (let rank = 0; rank < order.length; rank++) {
        const count = at(counts, at(order, rank));
        if (positive[rank] === 1) positives += count;
        else negatives += count;
        if (ends[rank] === 0) continue;
        take(positives, negatives);
        positives = 0;
        negatives = 0;
      }
    },
  };
}
