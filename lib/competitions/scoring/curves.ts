import { at, sum } from "./numbers";
import { eachTie, type Table } from "./probabilities";

/** How hits and false alarms grow as the threshold falls: ROC and precision-recall curve are both read off it. */
export interface RankingCurve {
  readonly positives: number;
  readonly negatives: number;
  /** False positives and true positives at each threshold, from above the highest score (none) down to the lowest (all). */
  readonly points: readonly (readonly [number, number])[];
}

/** Enough for a drawing; a report has one curve for each class and split. */
const mostPoints = 200;
/** A report keeps no curves where there are more classes: nobody looks at so many, and they are stored by submission. */
export const mostCurves = 50;

/**
 * The curve's own points, one for each distinct score, as long as they are few. Of more those are kept that lie evenly along
 * the ROC curve by false alarm rate plus hit rate, its ends among them: so neither rate goes on by more than a hundredth
 * between two of them, except where rows share a score. Null without a row of each kind.
 */
export function rankingCurve(isPositive: ArrayLike<number>, scores: ArrayLike<number>): RankingCurve | null {
  const positives = sum(isPositive);
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const points: [number, number][] = [[0, 0]];
  let [alarms, hits] = [0, 0];
  eachTie(isPositive, scores, (tiedPositives, tiedNegatives) => {
    alarms += tiedNegatives;
    hits += tiedPositives;
    points.push([alarms, hits]);
  });
  return { positives, negatives, points: thinned(points, positives, negatives) };
}

/** Of each class against all others, by the cells as submitted. */
export function curvePerClass(truth: ArrayLike<number>, { classes, cells }: Table): (RankingCurve | null)[] {
  return Array.from({ length: classes }, (_, k) =>
    rankingCurve(
      Uint8Array.from(truth, (label) => (label === k ? 1 : 0)),
      Float64Array.from(truth, (_label, row) => at(cells, row * classes + k)),
    ),
  );
}

function thinned(
  points: readonly [number, number][],
  positives: number,
  negatives: number,
): readonly [number, number][] {
  if (points.length <= mostPoints) return points;
  const along = ([alarms, hits]: readonly [number, number]) => alarms / negatives + hits / positives;
  const kept: [number, number][] = [];
  let step = 0;
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    // The last before each step; several steps within one tie keep one.
    const reached = next === undefined ? mostPoints : Math.ceil((along(next) / 2) * (mostPoints - 1));
    if (reached > step || next === undefined) kept.push(point);
    step = Math.max(step, reached);
  }
  return kept;
}
