import type { LabelMetric } from "./manifest";
import { at, squared, sum } from "./numbers";

/** `counts[t * classes + p]`: how many rows of class t were predicted as p, by places on the declared scale. */
export interface Confusion {
  readonly classes: number;
  readonly rows: number;
  readonly counts: Float64Array;
  /** TP_k. */
  readonly hits: Float64Array;
  /** S_k: rows of the class in truth. */
  readonly support: Float64Array;
  /** R_k: rows predicted as the class. */
  readonly predicted: Float64Array;
}

export function confusionOf(
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
  classes: number,
): Confusion {
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < truth.length; row++) {
    const cell = at(truth, row) * classes + at(prediction, row);
    counts[cell] = at(counts, cell) + 1;
  }
  return confusionWith(counts, classes);
}

/** Of rows that are counted already, cell by cell. */
export function confusionWith(counts: Float64Array, classes: number): Confusion {
  const hits = new Float64Array(classes);
  const support = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  for (let t = 0; t < classes; t++) {
    hits[t] = at(counts, t * classes + t);
    for (let p = 0; p < classes; p++) {
      const count = at(counts, t * classes + p);
      support[t] = at(support, t) + count;
      predicted[p] = at(predicted, p) + count;
    }
  }
  return { classes, rows: sum(support), counts, hits, support, predicted };
}

/** Rows are the truth. */
export function confusionMatrix({ classes, counts }: Confusion): number[][] {
  return Array.from({ length: classes }, (_, t) =>
    Array.from(counts.subarray(t * classes, (t + 1) * classes)),
  );
}

/** Each of at least one row. Sums run over classes in the declared order. */
export const labelFormulas: Readonly<Record<LabelMetric, (confusion: Confusion) => number>> = {
  accuracy,
  balanced_accuracy: balancedAccuracy,
  macro_f1: macroF1,
  weighted_f1: weightedF1,
  mcc,
  cohen_kappa: (confusion) => kappa(confusion, (i, j) => (i === j ? 0 : 1)),
  quadratic_weighted_kappa: (confusion) => kappa(confusion, (i, j) => squared(i - j)),
};

/** sum TP_k / n. Metrics Reloaded "Accuracy". */
export function accuracy({ hits, rows }: Confusion): number {
  return sum(hits) / rows;
}

/**
 * Mean of TP_k / S_k over the classes that truth has, as scikit-learn's `balanced_accuracy_score`: a class that is only
 * predicted adds no term. Metrics Reloaded "BA".
 */
function balancedAccuracy({ hits, support, classes }: Confusion): number {
  let total = 0;
  let present = 0;
  for (let k = 0; k < classes; k++) {
    if (at(support, k) === 0) continue;
    total += at(hits, k) / at(support, k);
    present += 1;
  }
  return total / present;
}

/** 2 TP_k / (S_k + R_k) of each class; null where neither truth nor prediction has it. */
export function f1PerClass({ hits, support, predicted, classes }: Confusion): (number | null)[] {
  return Array.from({ length: classes }, (_, k) => {
    const places = at(support, k) + at(predicted, k);
    return places === 0 ? null : (2 * at(hits, k)) / places;
  });
}

/**
 * Mean F1 over the classes that truth or prediction has, as scikit-learn's `f1_score(average="macro",
 * zero_division=0)` with its default labels. Metrics Reloaded "F-beta".
 */
export function macroF1(confusion: Confusion): number {
  const present = f1PerClass(confusion).filter((f1) => f1 !== null);
  return sum(present) / present.length;
}

/** sum S_k F1_k / n, as scikit-learn's `f1_score(average="weighted")`. */
function weightedF1(confusion: Confusion): number {
  const terms = f1PerClass(confusion).map((f1, k) => at(confusion.support, k) * (f1 ?? 0));
  return sum(terms) / confusion.rows;
}

/**
 * (n sum TP - sum S_k R_k) / sqrt((n² - sum R_k²) (n² - sum S_k²)), Gorodkin 2004; 0 where truth or prediction is
 * constant, as scikit-learn's `matthews_corrcoef`. One root, since the square of a double has that double as its root:
 * what is all right is exactly 1. Metrics Reloaded "MCC".
 */
function mcc({ hits, support, predicted, rows }: Confusion): number {
  const all = rows * rows;
  const spread = Math.sqrt((all - dot(predicted, predicted)) * (all - dot(support, support)));
  return spread === 0 ? 0 : (sum(hits) * rows - dot(support, predicted)) / spread;
}

/**
 * 1 - sum W C / sum W (S Rᵀ / n), Cohen 1960 and 1968; the weights are of places on the declared scale, so that a grade
 * that nobody has keeps its place: scikit-learn's `cohen_kappa_score(labels=declared)`. 0 where truth and prediction are
 * one and the same constant. n is on the upper side of the fraction, which leaves whole numbers on both: a constant
 * truth gives exactly 0. Metrics Reloaded "CK", "WCK".
 */
function kappa(
  { counts, support, predicted, rows, classes }: Confusion,
  weight: (i: number, j: number) => number,
): number {
  let observed = 0;
  let expected = 0;
  for (let t = 0; t < classes; t++)
    for (let p = 0; p < classes; p++) {
      observed += weight(t, p) * at(counts, t * classes + p);
      expected += weight(t, p) * at(support, t) * at(predicted, p);
    }
  return expected === 0 ? 0 : 1 - (observed * rows) / expected;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += at(a, index) * at(b, index);
  return total;
}
