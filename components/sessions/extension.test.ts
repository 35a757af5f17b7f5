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
  expect(possible(60)).toEqual(["+1 h", "+30 min", "Until the limit"]);
  expect(possible(10_000)).toEqual(["+4 h", "+1 h", "+30 min", "Until the limit"]);
});

it("asks for the whole time limit, so that a press sent twice counts once", () => {
  expect(choices(500).map(({ ttlMinutes }) => ttlMinutes)).toEqual([300, 120, 90, "max"]);
});
