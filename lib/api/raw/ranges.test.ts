import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noneMatches, rangeOf } from "./ranges";

describe("rangeOf", () => {
  it.each([
    [null, 10, null],
    ["", 10, null],
    ["bytes=0-0", 10, { first: 0, last: 0 }],
    ["bytes=3-", 10, { first: 3, last: 9 }],
    ["bytes=3-99", 10, { first: 3, last: 9 }],
    ["bytes=-4", 10, { first: 6, last: 9 }],
    ["bytes=-40", 10, { first: 0, last: 9 }],
    ["bytes=10-", 10, "unsatisfiable"],
    ["bytes=-0", 10, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    // What is no single range of bytes is no range at all.
    ["bytes=5-3", 10, null],
    ["bytes=0-1,3-4", 10, null],
    ["bytes=--4", 10, null],
    ["bytes=a-b", 10, null],
    ["bytes=-", 10, null],
    ["lines=0-1", 10, null],
    ["bytes=0x1-2", 10, null],
    ["bytes=99999999999999999999-", 10, null],
  ] as const)("%s of %i bytes", (header, bytes, expected) => {
    expect(rangeOf(header, bytes)).toEqual(expected);
  });

  it("never leaves the file", () => {
    const part = fc.option(fc.nat(), { nil: "" });
    fc.assert(
      fc.property(part, part, fc.nat(), (from, to, bytes) => {
        const range = rangeOf(`bytes=${from}-${to}`, bytes);
        if (range === null || range === "unsatisfiable") return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(bytes);
      }),
    );
  });
});

it("knows an entity again by its tag, weak or strong, alone or among others", () => {
  expect(noneMatches(null, '"a"')).toBe(true);
  for (const header of ['"a"', 'W/"a"', '"b", "a"', "*"]) expect(noneMatches(header, '"a"')).toBe(false);
  expect(noneMatches('"b"', '"a"')).toBe(true);
});
