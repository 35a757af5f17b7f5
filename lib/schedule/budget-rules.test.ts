import fc from "fast-check";
import { expect, test } from "vitest";
import { micros, microsOf, textOf } from "@/lib/kernel/money";
import { grantOf, lapsedOf } from "./budget-rules";

const amounts = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(micros);

test("nothing is lost or made by rolling over: what stays and what goes is what was there", () => {
  fc.assert(
    fc.property(amounts, amounts, fc.integer({ min: 0, max: 100 }), (available, budget, percent) => {
      const { rolledOver, lapsed, refilled } = grantOf(available, budget, percent);
      expect(rolledOver + lapsed).toBe(available);
      expect(lapsed >= 0n && rolledOver >= 0n).toBe(true);
      expect(refilled).toBe(budget);
      // Rounded down: never more than its share, and by less than a millionth less.
      expect(rolledOver * 100n <= available * BigInt(percent)).toBe(true);
      expect((rolledOver + 1n) * 100n > available * BigInt(percent)).toBe(true);
    }),
  );
});

test("who is new keeps all they have", () => {
  fc.assert(
    fc.property(amounts, amounts, (available, budget) => {
      expect(grantOf(available, budget, null)).toEqual({
        rolledOver: available,
        lapsed: 0n,
        refilled: budget,
      });
    }),
  );
});

test("weeks that nobody spends in come to less than two budgets, whatever their number", () => {
  let available = microsOf("100");
  for (let week = 0; week < 60; week++) {
    const { rolledOver, refilled } = grantOf(available, microsOf("100"), 50);
    available = micros(rolledOver + refilled);
  }
  expect(textOf(available)).toBe("199.999999");
});

test("what was held over turns loses what they would have taken of it", () => {
  expect([0, 1, 2].map((turns) => lapsedOf(micros(3n), 50, turns))).toEqual([0n, 2n, 3n]);
  expect([1, 2].map((turns) => lapsedOf(micros(1_000_000n), 75, turns))).toEqual([250_000n, 437_500n]);
  expect([lapsedOf(micros(5n), 100, 9), lapsedOf(micros(5n), 0, 1)]).toEqual([0n, 5n]);
});
