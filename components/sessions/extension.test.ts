import { expect, it } from "vitest";
import { extensionChoices } from "./extension";

const choices = (minutes: number) => extensionChoices({ ttlMinutes: 60, minutes });
const possible = (most: number) =>
  choices(most)
    .filter((choice) => choice.possible)
    .map(({ label }) => label);

it("offers what fits, and the rest of it as one choice", () => {
  expect(possible(0)).toEqual([]);
  expect(possible(29)).toEqual(["Until the limit"]);
  expect(possible(60)).toEqual(["+30 min", "+1 h", "Until the limit"]);
  expect(possible(10_000)).toHaveLength(4);
});

it("asks for the whole time limit, so that a press sent twice counts once", () => {
  expect(choices(500).map(({ ttlMinutes }) => ttlMinutes)).toEqual([90, 120, 300, "max"]);
});
