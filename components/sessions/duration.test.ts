import { describe, expect, it } from "vitest";
import { limitText, preciseTime, stepDuration } from "./duration";

describe("stepDuration", () => {
  it.each([
    [-5, "0 ms"],
    [84.6, "85 ms"],
    [1_000, "1.00 s"],
    [1_259, "1.25 s"],
    [9_999, "9.99 s"],
    [10_000, "10 s"],
    [59_999, "59 s"],
    [185_000, "3 min 05 s"],
    [3_840_000, "1 h 04 min"],
  ])("%d ms is %s", (ms, text) => expect(stepDuration(ms)).toBe(text));
});

describe("limitText", () => {
  it.each([
    [45, "45 min"],
    [60, "1 h"],
    [90, "1 h 30 min"],
    [480, "8 h"],
    [1440, "1 day"],
    [4320, "3 days"],
    [1500, "25 h"],
  ])("%d minutes is %s", (minutes, text) => expect(limitText(minutes)).toBe(text));
});

it("preciseTime keeps milliseconds and follows the zone", () => {
  const at = new Date("2026-11-22T14:00:07.045Z");
  expect(preciseTime(at, "UTC")).toBe("14:00:07.045");
  expect(preciseTime(at, "America/New_York")).toBe("09:00:07.045");
});
