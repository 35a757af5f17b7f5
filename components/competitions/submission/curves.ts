import type { Curve } from "./explanation";

/** A point of a drawing, both from 0 to 1. */
export type Point = readonly [x: number, y: number];

/** Hit rate over false alarm rate, from neither to both. */
export function rocPoints({ positives, negatives, points }: Curve): Point[] {
  return points.map(([alarms, hits]) => [alarms / negatives, hits / positives]);
}

/**
 * Precision over recall, as scikit-learn steps: precision holds back to the recall before. Begins at recall 0 with the
 * precision of the highest scores.
 */
export function recallPoints({ positives, points }: Curve): Point[] {
  const ranked = points.slice(1).map(([alarms, hits]): Point => [hits / positives, hits / (hits + alarms)]);
  return ranked.flatMap((point, index): Point[] => {
    const before = ranked[index - 1]?.[0] ?? 0;
    return [[before, point[1]], point];
  });
}

/** An SVG path through the points, in a square of so many units, 0 below. */
export function pathOf(points: readonly Point[], side: number): string {
  const text = (value: number) => (value * side).toFixed(1).replace(/\.0$/, "");
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${text(x)} ${text(1 - y)}`).join("");
}
