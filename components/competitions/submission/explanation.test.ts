import { expect, it } from "vitest";
import { explainedIn } from "./explanation";

it("takes classes and matrix where they are what they should be, and nothing else", () => {
  const perClass = { benign: { rows: 3, f1: 0.5 }, malignant: { rows: 2, f1: null } };
  expect(explainedIn({ perClass, confusion: [[1, 2]] })).toEqual({ perClass, confusion: [[1, 2]] });
  expect(explainedIn({ perClass, confusion: null })).toEqual({ perClass, confusion: null });
  expect(explainedIn({ perClass: { a: "x" }, confusion: [["1"]] })).toBeNull();
});

it.each([null, undefined, 3, [], {}, { confusion: [] }])("%j explains nothing", (explanation) => {
  expect(explainedIn(explanation)).toBeNull();
});
