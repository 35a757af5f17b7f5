import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultQuotaGb } from "./model";
import { fillingOf, grantedQuotaGb, spaceGb } from "./rules";

const gb = fc.integer({ min: 0, max: 5_000 });

test("what is granted is what was asked for or the default, and never more than is left", () => {
  fc.assert(
    fc.property(fc.option(gb, { nil: undefined }), gb, fc.option(gb), (wanted, taken, limit) => {
      const granted = grantedQuotaGb(wanted, taken, limit);
      if (granted === null) {
        const least = wanted ?? 1;
        expect(least < 1 || (limit !== null && taken + least > limit)).toBe(true);
        return;
      }
      expect(granted).toBeGreaterThanOrEqual(1);
      if (limit !== null) expect(taken + granted).toBeLessThanOrEqual(limit);
      if (wanted !== undefined) expect(granted).toBe(wanted);
      else expect(granted).toBeLessThanOrEqual(defaultQuotaGb);
    }),
  );
});

test("nothing said: the default, or as much as is left of it", () => {
  expect(grantedQuotaGb(undefined, 0, null)).toBe(defaultQuotaGb);
  expect(grantedQuotaGb(undefined, 80, 100)).toBe(20);
  expect(grantedQuotaGb(undefined, 100, 100)).toBeNull();
});

test("space is whole gigabytes, never less than the quota times its factor", () => {
  expect(spaceGb(50, 3)).toBe(150);
  expect(spaceGb(1, 1.25)).toBe(2);
});

test.each([
  [0, null, [95, 80]],
  [74.9, null, [95, 80]],
  [75, null, [95]],
  [79.9, null, [95]],
  [80, 80, [95]],
  [89.9, 80, [95]],
  [90, 80, []],
  [95, 95, []],
  [120, 95, []],
])("at %d %% it has passed %s and left %j behind", (percent, passed, leftBehind) => {
  const limit = 50 * 1024 ** 3;
  expect(fillingOf((percent / 100) * limit, limit)).toEqual({ passed, leftBehind });
});
