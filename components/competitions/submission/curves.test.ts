import { expect, it } from "vitest";
import { pathOf, recallPoints, rocPoints } from "./curves";

/** By score: a hit, then an alarm and a hit together, then an alarm. */
const curve = {
  positives: 2,
  negatives: 2,
  points: [
    [0, 0],
    [0, 1],
    [1, 2],
    [2, 2],
  ] as [number, number][],
};

it("reads the ROC curve off the counts", () => {
  expect(rocPoints(curve)).toEqual([
    [0, 0],
    [0, 0.5],
    [0.5, 1],
    [1, 1],
  ]);
  expect(pathOf(rocPoints(curve), 100)).toBe("M0 100L0 50L50 0L100 0");
});

it("reads the precision-recall curve off the same, in steps", () => {
  expect(recallPoints(curve)).toEqual([
    [0, 1],
    [0.5, 1],
    [0.5, 2 / 3],
    [1, 2 / 3],
  ]);
});
