import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { awayOf, hourState, isMissed } from "./away-rules";

const at = (minute: number) => new Date(Date.UTC(2026, 11, 1, 10, minute));
const there = { present: true, absentSince: null, unreachableSince: null, occupied: false };

describe("a GPU is away", () => {
  test("where its host has lost it, whatever ran on it", () => {
    const lost = { ...there, present: false, absentSince: at(3) };
    for (const occupied of [false, true])
      expect(awayOf({ ...lost, occupied })).toEqual({ why: "gpu_absent", since: at(3) });
    // From before it was kept since when.
    expect(awayOf({ ...lost, absentSince: null })).toEqual({ why: "gpu_absent", since: new Date(0) });
  });

  test("where its host is silent, unless its holder's session runs there: silence ends none", () => {
    const silent = { ...there, unreachableSince: at(4) };
    expect(awayOf(silent)).toEqual({ why: "host_silent", since: at(4) });
    expect(awayOf({ ...silent, occupied: true })).toBeNull();
  });

  test("since the first of both, and not where there is neither", () => {
    const both = { ...there, present: false, absentSince: at(3), unreachableSince: at(4) };
    expect(awayOf(both)).toEqual({ why: "gpu_absent", since: at(3) });
    expect(awayOf({ ...both, unreachableSince: at(2) })).toEqual({ why: "host_silent", since: at(2) });
    expect(awayOf(there)).toBeNull();
    // It came back.
    expect(awayOf({ ...there, absentSince: at(3) })).toBeNull();
  });
});

describe("an hour that has begun", () => {
  const away = (minute: number) => ({ why: "gpu_absent", since: at(minute) }) as const;

  test("is had where its GPU is there, or was as it began", () => {
    expect(hourState(at(0), null, at(59))).toBe("had");
    expect(hourState(at(0), away(1), at(59))).toBe("had");
  });

  test("is awaited for ten minutes and lost then", () => {
    expect(hourState(at(0), away(-90), at(0))).toBe("awaited");
    expect(hourState(at(0), away(0), new Date(at(10).getTime() - 1))).toBe("awaited");
    expect(hourState(at(0), away(0), at(10))).toBe("lost");
    expect(hourState(at(0), away(0), at(300))).toBe("lost");
  });

  test("is missed while it is awaited and once it is lost; one to come is not", () => {
    expect([0, 5, 30].map((now) => isMissed(at(0), away(-9), at(now)))).toEqual([true, true, true]);
    expect(isMissed(at(0), away(-9), at(-1))).toBe(false);
    expect([isMissed(at(0), away(1), at(5)), isMissed(at(0), null, at(5))]).toEqual([false, false]);
  });

  test("that is lost or had stays so, for as long as its GPU stays where it is", () => {
    const minutes = fc.integer({ min: -200, max: 200 });
    fc.assert(
      fc.property(fc.option(minutes), fc.nat({ max: 200 }), fc.nat({ max: 200 }), (since, now, more) => {
        const gone = since === null ? null : away(since);
        const before = hourState(at(0), gone, at(now));
        const after = hourState(at(0), gone, at(now + more));
        expect(before === "awaited" || after === before).toBe(true);
      }),
    );
  });
});
