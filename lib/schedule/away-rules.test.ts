import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Away, awayTimes, isAwaited, isAway, isMissed, missedFor } from "./away-rules";

const at = (minute: number) => new Date(Date.UTC(2026, 11, 1, 10, minute));
const now = at(6);
const there = {
  present: true,
  absentSince: null,
  lastSeenAt: now,
  unreachableSince: null,
  silentFrom: null,
  silentUntil: null,
  occupied: false,
  bookedAt: at(-60),
};
const absent = (since: number): Away => ({ why: "gpu_absent", since: at(since), until: null });
const silent = (since: number, until: number | null = null): Away => ({
  why: "host_silent",
  since: at(since),
  until: until === null ? null : at(until),
});

describe("a GPU is away", () => {
  test("where its host has lost it, whatever ran on it", () => {
    const lost = { ...there, present: false, absentSince: at(3) };
    for (const occupied of [false, true]) expect(awayTimes({ ...lost, occupied }, now)).toEqual([absent(3)]);
    // From before it was kept since when.
    expect(awayTimes({ ...lost, absentSince: null }, now)).toEqual([{ ...absent(3), since: new Date(0) }]);
    // It came back.
    expect(awayTimes({ ...there, absentSince: at(3) }, now)).toEqual([]);
    expect(awayTimes(there, now)).toEqual([]);
  });

  test("where its host is silent, unless its holder's session runs there: silence ends none", () => {
    const gone = { ...there, lastSeenAt: at(5), unreachableSince: at(6) };
    expect(awayTimes(gone, now)).toEqual([silent(5)]);
    expect(awayTimes({ ...gone, occupied: true }, now)).toEqual([]);
    expect(awayTimes({ ...gone, lastSeenAt: null }, now)).toEqual([silent(6)]);
  });

  test("where nobody asks its host, as in an outage of both", () => {
    expect(awayTimes({ ...there, lastSeenAt: at(4) }, now)).toEqual([silent(4)]);
    expect(awayTimes({ ...there, lastSeenAt: at(5) }, now)).toEqual([]);
    // Of one that was never heard of nothing is known.
    expect(awayTimes({ ...there, lastSeenAt: null }, now)).toEqual([]);
  });

  test("in its host's last silence, for whoever had booked before that was over", () => {
    const back = { ...there, silentFrom: at(-40), silentUntil: at(2) };
    expect(awayTimes(back, now)).toEqual([silent(-40, 2)]);
    expect(isAway(awayTimes(back, now))).toBe(false);
    expect(awayTimes({ ...back, bookedAt: at(1) }, now)).toEqual([silent(-40, 2)]);
    expect(awayTimes({ ...back, bookedAt: at(2) }, now)).toEqual([]);
    expect(awayTimes({ ...back, occupied: true }, now)).toEqual([]);
    // It is silent again.
    expect(awayTimes({ ...back, unreachableSince: at(5) }, now)).toEqual([silent(-40, 2), silent(5)]);
  });

  test("for each reason by itself, the first one first", () => {
    const lost = { ...there, present: false, absentSince: at(3) };
    expect(awayTimes({ ...lost, unreachableSince: at(4) }, now)).toEqual([absent(3), silent(4)]);
    expect(awayTimes({ ...lost, unreachableSince: at(2) }, now)).toEqual([silent(2), absent(3)]);
    // The host came back without it.
    const back = awayTimes({ ...lost, silentFrom: at(-40), silentUntil: at(3) }, now);
    expect(back).toEqual([silent(-40, 3), absent(3)]);
    expect(isAway(back)).toBe(true);
  });
});

describe("an hour that has begun", () => {
  test("is had where its GPU is there, or was as it began", () => {
    expect(missedFor(at(0), [])).toBeNull();
    expect(missedFor(at(0), [absent(1)])).toBeNull();
    expect(missedFor(at(0), [silent(-90, -1)])).toBeNull();
  });

  test("is missed while its GPU is away since before, and if it was away for ten minutes", () => {
    expect(missedFor(at(0), [absent(-90)])).toEqual(absent(-90));
    expect(missedFor(at(0), [absent(0)])).toEqual(absent(0));
    expect(missedFor(at(0), [silent(-1, 9)])).toBeNull();
    expect(missedFor(at(0), [silent(-1, 10)])).toEqual(silent(-1, 10));
    expect(missedFor(at(0), [silent(1, 50)])).toBeNull();
    expect(missedFor(at(0), [silent(-90, -80), absent(-2)])).toEqual(absent(-2));
  });

  test("is awaited for ten minutes", () => {
    expect(isAwaited(at(0), at(0))).toBe(true);
    expect(isAwaited(at(0), new Date(at(10).getTime() - 1))).toBe(true);
    expect(isAwaited(at(0), at(10))).toBe(false);
  });

  test("is missed while it is awaited and once it is lost; one to come is not", () => {
    expect([0, 5, 30].map((minute) => isMissed(at(0), [absent(-9)], at(minute)))).toEqual([true, true, true]);
    expect(isMissed(at(0), [absent(-9)], at(-1))).toBe(false);
    expect([isMissed(at(0), [absent(1)], at(5)), isMissed(at(0), [], at(5))]).toEqual([false, false]);
  });

  test("that is lost or had stays so, whenever its host comes back and is heard of", () => {
    const minutes = fc.integer({ min: -200, max: 200 });
    const spans = fc.tuple(minutes, fc.nat({ max: 200 }));
    fc.assert(
      fc.property(spans, fc.nat({ max: 400 }), fc.nat({ max: 400 }), ([since, length], first, more) => {
        // As the worker of a host that is silent in this time hears of it, and later.
        const state = (minute: number) => {
          const until = since + length;
          const known = minute < since ? [] : [silent(since, minute < until ? null : until)];
          if (missedFor(at(0), known) === null) return "had";
          return isAwaited(at(0), at(minute)) ? "awaited" : "lost";
        };
        const [before, after] = [state(first), state(first + more)];
        expect(before === "awaited" || after === before).toBe(true);
      }),
    );
  });
});
