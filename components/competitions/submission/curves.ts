import type { Curve } from "./explanation";

/** A point of a drawing, both from 0 to 1. */
export type Point = readonly [x: number, y: number];

/** Hit rate over false alarm rate, from neither to both. */
export function rocPoints({ positives, negatives, points }: Curve): Point[] {
  return points.map(([alarms, hits]) => [alarms / negatives, hits / positives]);
}

/**
 * Precision over recall in steps, as scikit-learn holds each precision back to the recall before; of several precisions at
 * one recall the first, since more alarms without a hit only lower it.
 */
export function recallPoints({ positives, points }: Curve): Point[] {
  const steps = points.slice(1).flatMap(([alarms, hits], index) => {
    const before = points[index]?.[1] ?? 0;
    return hits === before
      ? []
      : [{ from: before / positives, to: hits / positives, precision: hits / (hits + alarms) }];
  });
  return steps.flatMap(({ from, to, precision }): Point[] => [
    [from, precision],
    [to, precision],
  ]);
}

/** An SVG path through the points, in a square of so many units, 0 below. */
export function pathOf(points: readonly Point[], side: number): string {
  const text = (value: number) => (value * side).toFixed(1).replace(/\.0$/, "");
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${text(x)} ${text(1 - y)}`).join("");
}
