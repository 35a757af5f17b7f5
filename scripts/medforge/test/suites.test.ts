import { expect, it } from "vitest";
import { closingLine, single } from "./suites";

it("closes with the sum over all suites", () => {
  const unit = { name: "unit", passed: 40, failed: 1, skipped: 0 };
  expect(closingLine([single("types", true), single("lint", false), unit])).toBe("41 passed, 2 failed");
  expect(closingLine([{ ...unit, failed: 0, skipped: 2 }])).toBe("40 passed, 0 failed, 2 skipped");
});
