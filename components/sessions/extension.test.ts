import { expect, it } from "vitest";
import { extensionChoices } from "./extension";

const possible = (most: number) =>
  extensionChoices(most)
    .filter((choice) => choice.possible)
    .map(({ label }) => label);

it("offers what fits, and the rest of it as one choice", () => {
  expect(possible(0)).toEqual([]);
  expect(possible(29)).toEqual(["Until the limit"]);
  expect(possible(60)).toEqual(["+30 min", "+1 h", "Until the limit"]);
  expect(possible(10_000)).toHaveLength(4);
});
