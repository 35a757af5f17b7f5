import { expect, it } from "vitest";
import { explainedIn } from "./explanation";

it("takes classes and matrix where they are what they should be, and nothing else", () => {
  const perClass = { benign: { rows: 3, f1: 0.5 }, malignant: { rows: 2, f1: null } };
  const none = { confusion: null, curves: {} };
  expect(explainedIn({ perClass, confusion: [[1, 2]] })).toEqual({ ...none, perClass, confusion: [[1, 2]] });
  expect(explainedIn({ perClass, confusion: null })).toEqual({ ...none, perClass });
  expect(explainedIn({ perClass: { a: "x" }, confusion: [["1"]] })).toBeNull();
});

it("takes curves, and no others for them", () => {
  const curve = {
    positives: 1,
    negatives: 2,
    points: [
      [0, 0],
      [2, 1],
    ],
  };
  const curves = { a: curve, b: { ...curve, points: [[0, 0, 0]] }, c: 3 };
  expect(explainedIn({ curves })?.curves).toEqual({ a: curve });
});

it.each([null, undefined, 3, [], {}, { confusion: [] }])("%j explains nothing", (explanation) => {
  expect(explainedIn(explanation)).toBeNull();
});
