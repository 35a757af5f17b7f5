import { describe, expect, it } from "vitest";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { clockDuration, exactText, relativeText } from "./time-text";

const now = new Date("2026-11-22T19:05:09Z");
const later = (ms: number) => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;

describe("relativeText", () => {
  it.each([
    [0, "now"],
    [-59_999, "now"],
    [-minute, "1 min ago"],
    [59 * minute, "in 59 min"],
    [3 * hour + 20 * minute, "in 3 h 20 min"],
    [-3 * hour, "3 h ago"],
    [11 * hour + 59 * minute, "in 11 h"],
    [-26 * hour, "1 d 2 h ago"],
    [90 * 24 * hour, "in 90 d"],
  ])("%d ms from now is %j", (ms, text) => {
    expect(relativeText(later(ms), now)).toBe(text);
  });
});

describe("absoluteText", () => {
  it("leaves out what is the same today, by the zone's own day", () => {
    expect(absoluteText(now, now, "America/New_York")).toBe("14:05 EST");
    // 04:30 UTC the next day is still today in New York.
    expect(absoluteText(new Date("2026-11-23T04:30:00Z"), now, "America/New_York")).toBe("23:30 EST");
    expect(absoluteText(new Date("2026-11-23T04:30:00Z"), now, "UTC")).toBe("23 Nov 04:30 UTC");
    expect(absoluteText(new Date("2025-07-01T12:00:00Z"), now, "America/New_York")).toBe(
      "1 Jul 2025 08:00 EDT",
    );
  });

  it("writes midnight as 00", () => {
    expect(absoluteText(new Date("2026-11-22T00:00:00Z"), now, "UTC")).toBe("00:00 UTC");
  });
});

it("names date, seconds and zone in full on hover", () => {
  expect(exactText(now, "America/New_York")).toBe("2026-11-22 14:05:09 EST (America/New_York)");
});

it.each([
  [-5_000, "0:00"],
  [9_000, "0:09"],
  [3 * minute + 9_000, "3:09"],
  [2 * hour + 3 * minute + 9_000, "2:03:09"],
])("counts %d ms as %s", (ms, text) => {
  expect(clockDuration(ms)).toBe(text);
});
