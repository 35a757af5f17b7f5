import { describe, expect, it } from "vitest";
import { historyData, rangeOf, timeLabel } from "./history";

const point = (acceptedAt: string, score: number) => ({
  submissionId: "sub_aaaaaaaaaaaaaaaa",
  acceptedAt,
  score,
});

describe("historyData", () => {
  it("goes on with the last score up to now", () => {
    const points = [point("2026-06-01T00:00:00.000001Z", 0.5), point("2026-06-02T00:00:00.000000Z", 0.75)];
    const [seconds, scores] = historyData(points, Date.parse("2026-06-03T00:00:00Z"));
    expect(seconds.at(-1)).toBe(Date.parse("2026-06-03T00:00:00Z") / 1_000);
    expect(scores).toEqual([0.5, 0.75, 0.75]);
  });

  it("never goes back, where the browser's clock is behind", () => {
    const [seconds] = historyData([point("2026-06-01T00:00:00.000000Z", 1)], 0);
    expect(seconds[1]).toBeGreaterThan(seconds[0] ?? 0);
  });

  it("is empty without points", () => expect(historyData([], 0)).toEqual([[], []]));
});

describe("rangeOf", () => {
  it("has room around one value", () => {
    const [least, most] = rangeOf(0.5, 0.5);
    expect(least).toBeLessThan(0.5);
    expect(most).toBeGreaterThan(0.5);
  });

  it("ends at what can be reached", () => {
    expect(rangeOf(0.9, 0.99, 1)[1]).toBe(1);
    expect(rangeOf(0.9, 1, 1)[1]).toBe(1);
    expect(rangeOf(0.2, 0.3, 1)[1]).toBeCloseTo(0.312);
  });
});

describe("timeLabel", () => {
  const noon = Date.parse("2026-11-25T17:05:00Z") / 1_000;
  const midnight = Date.parse("2026-11-25T05:00:00Z") / 1_000;
  it.each([
    [noon, 86_400, "25 Nov"],
    [noon, 3_600, "12:05"],
    [midnight, 3_600, "25 Nov"],
  ])("%d by %d s is %s", (seconds, step, text) => {
    expect(timeLabel(seconds, step, "America/New_York")).toBe(text);
  });
});
