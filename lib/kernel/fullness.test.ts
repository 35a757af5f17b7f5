import fc from "fast-check";
import { expect, test } from "vitest";
import { fullness, percentOf } from "./fullness";

test("80 and 95 % are warnings, whatever the unit", () => {
  expect([79.9, 80, 94.9, 95, 120].map((used) => fullness(used, 100))).toEqual([
    "fine",
    "high",
    "high",
    "urgent",
    "urgent",
  ]);
});

test("percent is a whole number from 0 to 100 that never says 100 before it is", () => {
  const amount = fc.integer({ min: 0, max: 2 ** 50 });
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 2 ** 50 }), (used, limit) => {
      const percent = percentOf(used, limit);
      expect(Number.isInteger(percent) && percent >= 0 && percent <= 100).toBe(true);
      expect(percent === 100).toBe(used >= limit);
    }),
  );
});
