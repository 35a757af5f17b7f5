import { expect, it } from "vitest";
import { closingLine, failureLines, faultForm, lanesOf, select, single, suites, suitesOf } from "./suites";

it("closes with the sum over all suites", () => {
  const unit = { name: "unit", passed: 40, failed: 1, skipped: 0, failures: [] };
  expect(closingLine([single("types", true), single("lint", false), unit])).toBe("41 passed, 2 failed");
  expect(closingLine([{ ...unit, failed: 0, skipped: 2 }])).toBe("40 passed, 0 failed, 2 skipped");
});

it("names at the end what failed, and why", () => {
  const failures = [
    { test: "lib/a.test.ts: adds", message: `\u001b[31mexpected 3${"\n  at line".repeat(20)}` },
  ];
  const unit = { name: "unit", passed: 40, failed: 1, skipped: 0, failures };
  expect(failureLines([single("types", true), { ...unit, failed: 0, failures: [] }])).toEqual([]);
  const lines = failureLines([single("types", true), single("lint", false), unit]);
  expect(lines.slice(0, 4)).toEqual(["Failed:", "  lint", "  unit: lib/a.test.ts: adds", "    expected 3"]);
  expect(lines).toHaveLength(11);
});

it("takes suites from the front of the arguments, or from --only", () => {
  expect(select([], undefined)).toEqual({ chosen: [], filter: [] });
  expect(select(["faults", "host", "kill"], undefined)).toEqual({
    chosen: ["faults", "host"],
    filter: ["kill"],
  });
  expect(select(["kill", "host"], undefined)).toEqual({ chosen: [], filter: ["kill", "host"] });
  expect(select(["web"], "host,faults")).toEqual({ chosen: ["host", "faults"], filter: ["web"] });
  expect(() => select([], "hots")).toThrow('no suite "hots"');
});

it("runs every suite unless some are named", () => {
  expect(suitesOf({ chosen: [], filter: [] })).toEqual(suites);
  expect(suitesOf({ chosen: [], filter: ["engine"] })).toEqual(suites);
  expect(suitesOf({ chosen: ["faults"], filter: [] })).toEqual(["faults"]);
});

it("has a lane for every suite but the checks that need no world, and none for nothing", () => {
  const all = lanesOf({ chosen: [], filter: [] });
  expect(["static", ...all.flat()].toSorted()).toEqual(suites.toSorted());
  expect(all).toEqual([["host"], ["web"], ["unit", "integration", "security", "faults"]]);
  expect(lanesOf({ chosen: ["integration", "unit"], filter: [] })).toEqual([["unit", "integration"]]);
  expect(lanesOf({ chosen: ["static"], filter: [] })).toEqual([]);
});

it("makes every fault at every step only where faults are named and not shortened", () => {
  expect(faultForm({ chosen: [], filter: [] }, false)).toBe("short");
  expect(faultForm({ chosen: [], filter: ["e2e/faults/kill.test.ts"] }, false)).toBe("short");
  expect(faultForm({ chosen: ["host", "faults"], filter: [] }, false)).toBe("long");
  expect(faultForm({ chosen: ["faults"], filter: [] }, true)).toBe("short");
});
