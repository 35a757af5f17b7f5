import { at, squared, sum } from "./numbers";

/** Kaggle's and that of scikit-learn before 1.2; the newer 2.22e-16 makes a certain mistake cost 36.04, this 34.54. */
const logLossEpsilon = 1e-15;

/** K columns of n rows, row by row: `cells[row * classes + k]`. */
export interface Table {
  readonly classes: number;
  readonly cells: Float64Array;
}

/**
 * P(score+ > score-) + P(equal) / 2: Mann and Whitney's U over the number of pairs, by average ranks. Null without a row
 * of each kind. As scikit-learn's `roc_auc_score`; Metrics Reloaded "AUROC".
 */
export function rocAuc(isPositive: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  const positives = sum(isPositive);
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  // Pairs won count 2 and ties 1, so that everything up to the division is whole.
  let won = 0;
  let above = 0;
  eachTie(isPositive, scores, (tiedPositives, tiedNegatives) => {
    const below = negatives - above - tiedNegatives;
    won += tiedPositives * (2 * below + tiedNegatives);
    above += tiedNegatives;
  });
  return won / (2 * positives * negatives);
}

/**
 * sum (R_n - R_{n-1}) P_n over the distinct scores from the highest on, without interpolation. Null without a positive
 * row. As scikit-learn's `average_precision_score`; Metrics Reloaded "AP".
 */
export function averagePrecision(isPositive: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  const positives = sum(isPositive);
  if (positives === 0) return null;
  let total = 0;
  let hits = 0;
  let rows = 0;
  eachTie(isPositive, scores, (tiedPositives, tiedNegatives) => {
    hits += tiedPositives;
    rows += tiedPositives + tiedNegatives;
    total += (tiedPositives / positives) * (hits / rows);
  });
  return total;
}

/**
 * Tells how many rows of each kind share a score, from the highest score on; parsed doubles are compared exactly. Each kind is
 * sorted by itself, since engines sort plain numbers many times faster than places by a comparison.
 */
export function eachTie(
  isPositive: ArrayLike<number>,
  scores: ArrayLike<number>,
  take: (positives: number, negatives: number) => void,
): void {
  const positive = new Float64Array(sum(isPositive));
  const negative = new Float64Array(isPositive.length - positive.length);
  for (let row = 0, p = 0, n = 0; row < isPositive.length; row++)
    if (at(isPositive, row) === 1) positive[p++] = at(scores, row);
    else negative[n++] = at(scores, row);
  positive.sort();
  negative.sort();
  let [p, n] = [positive.length, negative.length];
  while (p > 0 || n > 0) {
    const score = Math.max(positive[p - 1] ?? -Infinity, negative[n - 1] ?? -Infinity);
    const positives = p;
    const negatives = n;
    while (p > 0 && positive[p - 1] === score) p -= 1;
    while (n > 0 && negative[n - 1] === score) n -= 1;
    take(positives - p, negatives - n);
  }
}

/**
 * -ln q of a positive row, -ln (1 - q) of a negative one, q = p clipped to [eps, 1 - eps] and 1 - q taken after that:
 * the term of a row in Metrics Reloaded's "LS", scikit-learn's `log_loss`.
 */
export function logLossTerms(
  isPositive: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  epsilon = logLossEpsilon,
): Float64Array {
  return terms(isPositive.length, (row) => {
    const q = clipped(at(probabilities, row), epsilon);
    return -Math.log(at(isPositive, row) === 1 ? q : 1 - q);
  });
}

/** (p - y)², 0 to 1: scikit-learn's `brier_score_loss`, half of what two columns give. */
export function brierTerms(isPositive: ArrayLike<number>, probabilities: ArrayLike<number>): Float64Array {
  return terms(isPositive.length, (row) => squared(at(probabilities, row) - at(isPositive, row)));
}

/** -ln of the true class's probability, each cell clipped to [eps, 1 - eps] and divided by the row's sum after that. */
export function multiclassLogLossTerms(truth: ArrayLike<number>, { classes, cells }: Table): Float64Array {
  return terms(truth.length, (row) => {
    const first = row * classes;
    let whole = 0;
    for (let k = 0; k < classes; k++) whole += clipped(at(cells, first + k), logLossEpsilon);
    return -Math.log(clipped(at(cells, first + at(truth, row)), logLossEpsilon) / whole);
  });
}

/** sum over classes of (p_k - y_k)², 0 to 2, each row divided by its sum: Brier 1950, Metrics Reloaded "BS". */
export function multiclassBrierTerms(truth: ArrayLike<number>, { classes, cells }: Table): Float64Array {
  return terms(truth.length, (row) => {
    const first = row * classes;
    const whole = sum(cells.subarray(first, first + classes));
    let total = 0;
    for (let k = 0; k < classes; k++)
      total += squared(at(cells, first + k) / whole - (k === at(truth, row) ? 1 : 0));
    return total;
  });
}

/**
 * The AUC of each class against all others, by the cells as submitted; null for a class that has no row, or that all
 * have.
 */
export function aucPerClass(truth: ArrayLike<number>, { classes, cells }: Table): (number | null)[] {
  return Array.from({ length: classes }, (_, k) =>
    rocAuc(
      terms(truth.length, (row) => (at(truth, row) === k ? 1 : 0)),
      terms(truth.length, (row) => at(cells, row * classes + k)),
    ),
  );
}

/** The most probable class of each row, of several the first. */
export function argmax({ classes, cells }: Table): Int32Array {
  return Int32Array.from({ length: cells.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++)
      if (at(cells, row * classes + k) > at(cells, row * classes + best)) best = k;
    return best;
  });
}

function clipped(p: number, epsilon: number): number {
  return Math.min(Math.max(p, epsilon), 1 - epsilon);
}

function terms(rows: number, term: (row: number) => number): Float64Array {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = term(row);
  return values;
}
