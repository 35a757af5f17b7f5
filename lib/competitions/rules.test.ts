import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ranking, type ScoringState, scoringStates } from "./model";
import {
  bestOf,
  byFairness,
  type Contender,
  closedReason,
  coarseMs,
  compareKeys,
  hidesTime,
  isVisible,
  localDay,
  microsOf,
  nextTurn,
  orderKey,
  quotaLeft,
  retryAfterMs,
  scoringTransitions,
  seesPrivate,
  undefinedMetrics,
} from "./rules";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const direction = fc.constantFrom("max" as const, "min" as const);
const instant = fc
  .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([s, us]) => `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(us).padStart(6, "0")}Z`);
/** Few values, so that ties at every place of the key are common. */
const few = fc.constantFrom(0, -0, 1, 1 - Number.EPSILON / 2, -1, Number.MIN_VALUE, -Number.MAX_VALUE, null);
const contender: fc.Arbitrary<Contender> = fc.record({
  submissionId: fc.integer({ min: 1, max: 5 }),
  acceptedAt: fc.oneof(instant, fc.constant("2026-11-30T09:43:00.000001Z")),
  metrics: fc.record({ a: fc.oneof(few, finite), b: few }),
});

/** The order in words: a null last, then each ranking, the acceptance, the id. */
function plainly(rankings: readonly Ranking[], x: Contender, y: Contender): number {
  for (const { metric, direction: way } of rankings) {
    const [a, b] = [x.metrics?.[metric] ?? null, y.metrics?.[metric] ?? null];
    if (a === b) continue;
    if (a === null || b === null) return a === null ? 1 : -1;
    return (way === "max") === a > b ? -1 : 1;
  }
  const [early, late] = [microsOf(x.acceptedAt), microsOf(y.acceptedAt)];
  if (early !== late) return early < late ? -1 : 1;
  return x.submissionId - y.submissionId;
}

describe("the board's key", () => {
  test("orders as full doubles, tie-breaks, acceptance and id do", () => {
    fc.assert(
      fc.property(contender, contender, direction, direction, (x, y, first, second) => {
        const primary = { metric: "a", direction: first };
        const tieBreak = [{ metric: "b", direction: second }];
        const [a, b] = [orderKey({ primary, tieBreak }, x), orderKey({ primary, tieBreak }, y)];
        expect(a === null).toBe(x.metrics?.a === null);
        if (a === null || b === null) return;
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(plainly([primary, ...tieBreak], x, y)));
        expect(Buffer.compare(a, b)).toBe(Math.sign(compareKeys(a, b)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("the best of several is the first of them sorted", () => {
    fc.assert(
      fc.property(fc.array(contender), direction, (all, way) => {
        const ranked = { primary: { metric: "a", direction: way }, tieBreak: [] };
        const placed = all.filter(({ metrics }) => metrics?.a !== null);
        const [first] = placed.sort((x, y) => plainly([ranked.primary], x, y));
        expect(bestOf(ranked, all)?.key ?? null).toEqual(first ? orderKey(ranked, first) : null);
      }),
    );
  });

  test("has no place for what is not finite, or not an instant", () => {
    const ranked = { primary: { metric: "a", direction: "max" as const }, tieBreak: [] };
    const of = (a: number, acceptedAt = "2026-11-30T09:43:00.000001Z") =>
      orderKey(ranked, { submissionId: 1, acceptedAt, metrics: { a } });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => of(value)).toThrow(RangeError);
    expect(() => of(1, "2026-11-30T09:43:00.001Z")).toThrow(RangeError);
    expect(orderKey(ranked, { submissionId: 1, acceptedAt: "x", metrics: null })).toBeNull();
  });
});

describe("whose turn it is", () => {
  test("nobody's next comes before everybody else's first", () => {
    const users = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(users, (arrivals) => {
        const queue: { user: number; turn: number }[] = [];
        for (const user of arrivals) {
          const mine = queue.filter((one) => one.user === user).map(({ turn }) => turn);
          queue.push({ user, turn: nextTurn(mine.at(-1) ?? null, queue[0]?.turn ?? null) });
        }
        const served = [...queue].sort((a, b) => a.turn - b.turn);
        const counts = new Map<number, number>();
        for (const { user } of served) {
          counts.set(user, (counts.get(user) ?? 0) + 1);
          for (const other of new Set(arrivals)) {
            const waits = served.filter((one) => one.user === other).length > (counts.get(other) ?? 0);
            if (waits) expect(counts.get(user)).toBeLessThanOrEqual((counts.get(other) ?? 0) + 1);
          }
        }
      }),
    );
  });

  test("whoever comes anew joins the round that is served, and saves nothing up", () => {
    expect(nextTurn(null, null)).toBe(0);
    expect(nextTurn(null, 41)).toBe(41);
    expect(nextTurn(41, 41)).toBe(42);
    expect(nextTurn(3, 41)).toBe(41);
  });

  test("of competitions: somebody waits, fewest running, longest not served, older", () => {
    const queue = (competitionId: number, rescoring: boolean, running: number, servedAt: string | null) => ({
      competitionId,
      rescoring,
      running,
      servedAt,
    });
    const early = "2026-11-30T09:43:00.000001Z";
    const late = "2026-11-30T09:43:00.000002Z";
    const inOrder = [
      queue(9, false, 0, null),
      queue(1, false, 0, early),
      queue(2, false, 0, early),
      queue(3, false, 0, late),
      queue(4, false, 1, null),
      queue(5, true, 0, null),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (shuffled) => {
        expect(shuffled.sort(byFairness)).toEqual(inOrder);
      }),
    );
  });
});

test("what is left of a quota is never less than nothing and never more than either limit leaves", () => {
  const limit = fc.option(fc.integer({ min: 1, max: 50 }));
  const used = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(limit, limit, used, used, (dailyLimit, totalLimit, today, more) => {
      const { left } = quotaLeft({ dailyLimit, totalLimit }, today, today + more);
      if (dailyLimit === null && totalLimit === null) {
        expect(left).toBeNull();
        return;
      }
      const most = [
        dailyLimit === null ? 99 : dailyLimit - today,
        totalLimit === null ? 99 : totalLimit - today - more,
      ];
      expect(left).toBe(Math.max(0, Math.min(...most)));
    }),
  );
});

test.each([
  ["2026-11-30T04:59:59.999Z", "America/New_York", "2026-11-29"],
  ["2026-11-30T05:00:00.000Z", "America/New_York", "2026-11-30"],
  ["2026-07-01T03:59:59.999Z", "America/New_York", "2026-06-30"],
  ["2026-03-28T23:00:00.000Z", "Europe/Berlin", "2026-03-29"],
  ["2026-12-31T23:59:59.999Z", "Asia/Kolkata", "2027-01-01"],
])("%s in %s is %s", (at, zone, day) => {
  expect(localDay(new Date(at), zone)).toBe(day);
});

test("a competition is seen when it is published, has an evaluation, and is public or one is invited", () => {
  const seen = { visibility: "public", publishedAt: new Date(), currentEvaluationId: 1 } as const;
  expect(isVisible(seen, false)).toBe(true);
  expect(isVisible({ ...seen, publishedAt: null }, true)).toBe(false);
  expect(isVisible({ ...seen, currentEvaluationId: null }, true)).toBe(false);
  expect(isVisible({ ...seen, visibility: "invite" }, false)).toBe(false);
  expect(isVisible({ ...seen, visibility: "invite" }, true)).toBe(true);
});

test("it is open from its first instant on, and closed from its last", () => {
  const [opensAt, closesAt] = [new Date("2026-12-01T14:00:00Z"), new Date("2026-12-05T05:00:00Z")];
  const reason = (now: string, dates = { opensAt, closesAt } as Parameters<typeof closedReason>[0]) =>
    closedReason(dates, new Date(now), "America/New_York");
  expect(reason("2026-12-01T13:59:59.999Z")).toBe("Submissions open at 09:00 EST.");
  expect(reason("2026-12-01T14:00:00Z")).toBeNull();
  expect(reason("2026-12-05T05:00:00Z")).toBe("Submissions closed at 00:00 EST.");
  expect(reason("2027-01-01T12:00:00Z")).toBe("Submissions closed at 5 Dec 2026 00:00 EST.");
  expect(reason("2026-12-05T05:00:00Z", { opensAt: null, closesAt: null })).toBeNull();
});

test("the private split is for admins until it is revealed", () => {
  expect([seesPrivate(null, false), seesPrivate(null, true), seesPrivate(new Date(), false)]).toEqual([
    false,
    true,
    true,
  ]);
});

test("a scoring whose time would tell of a hidden split seems to take one of few times", () => {
  const blind = { task: "masks", hasPrivate: true, revealedAt: null };
  expect(hidesTime(blind)).toBe(true);
  expect(hidesTime({ ...blind, task: "boxes" })).toBe(true);
  expect(hidesTime({ ...blind, task: "labels" })).toBe(false);
  expect(hidesTime({ ...blind, hasPrivate: false })).toBe(false);
  expect(hidesTime({ ...blind, revealedAt: new Date() })).toBe(false);
  expect([0.1, 60, 499.9, 500, 501, 1_000, 1_530, 300_000].map(coarseMs)).toEqual([
    500, 500, 500, 500, 1_000, 1_000, 2_000, 512_000,
  ]);
});

test("every way through the states ends, unless somebody asks for another try", () => {
  const next: Record<ScoringState, readonly ScoringState[]> = scoringTransitions;
  for (const state of ["SCORED", "REJECTED", "FAILED"] as const) expect(next[state]).toEqual(["QUEUED"]);
  expect(scoringStates.filter((state) => next[state].includes("SCORING"))).toEqual(["QUEUED"]);
});

test("retries wait longer each time, and end", () => {
  const waits = [1, 2, 3, 4].map((attempts) => retryAfterMs(attempts, 4));
  expect(waits).toEqual([1_000, 4_000, 16_000, null]);
  expect(retryAfterMs(7, 8)).toBe(64_000);
});

test("undefined metrics are named with their split", () => {
  const metrics = { public: { a: 1, b: null }, private: { a: null } };
  expect(undefinedMetrics(metrics)).toEqual(["b (public)", "a (private)"]);
  expect(undefinedMetrics({ public: { a: 1 }, private: null })).toEqual([]);
});
