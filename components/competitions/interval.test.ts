import { expect, it } from "vitest";
import { intervalWords, noIntervalWords, rankRange, scaleOf, scoreRange } from "./interval";

const interval = {
  score: [0.81234, 0.95] as [number, number],
  rank: [1, 3] as [number, number],
  ...{ replicates: 998, leftOut: 2, computedAt: "2026-11-30T12:00:00.000Z" },
};

it("says intervals in words", () => {
  expect(scoreRange(interval)).toBe("0.8123 to 0.9500");
  expect(rankRange(interval)).toBe("ranks 1 to 3");
  expect(rankRange({ ...interval, rank: [2, 2] })).toBe("rank 2");
  expect(intervalWords(interval)).toBe(
    "95 % of 998 resamples of the cases; 2 more leave the metric undefined.",
  );
  expect(noIntervalWords({ rank: 200 })).toBe("Not computed yet.");
  expect(noIntervalWords({ rank: 201 })).toBe("Only the best 200 of a board have intervals.");
});

it("has one scale for all rows that are shown", () => {
  const other = { ...interval, score: [0.5, 0.9] as [number, number] };
  expect(scaleOf([{ interval }, { interval: null }, { interval: other }])).toEqual({ from: 0.5, to: 0.95 });
  expect(scaleOf([{ interval: { ...interval, score: [1, 1] } }])).toEqual({ from: 0.5, to: 1.5 });
  expect(scaleOf([{ interval: null }])).toBeNull();
});
