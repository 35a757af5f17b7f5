import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Counters, msToNextSlot, ratesBetween, type Sample, toColumns } from "./rules";

const start = Date.parse("2026-11-25T10:00:00Z");

/** The sums after so many steps of 10 s at an even use. */
function counters(step: number, over: Partial<Counters> = {}): Counters {
  return {
    at: new Date(start + step * 10_000),
    generation: 1,
    hostMs: 5_000_000 + step * 10_000,
    cpuUs: step * 15_000_000,
    receivedBytes: step * 1_000,
    sentBytes: step * 50,
    ...over,
  };
}

describe("ratesBetween", () => {
  it("is use per second by the host's clock", () => {
    expect(ratesBetween(counters(1), counters(2))).toEqual({
      cpus: 1.5,
      receivedBytesPerSecond: 100,
      sentBytesPerSecond: 5,
    });
  });

  it("does not mind a wall clock that was set, as long as the slots follow each other", () => {
    const late = counters(2, { hostMs: counters(1).hostMs + 20_000 });
    expect(ratesBetween(counters(1), late)?.cpus).toBe(0.75);
  });

  it.each([
    ["nothing before", undefined, counters(1)],
    ["another container", counters(1), counters(2, { generation: 2 })],
    ["a sum that began anew", counters(2), counters(3, { receivedBytes: 0 })],
    ["a host that was restarted", counters(2), counters(3, { hostMs: 100 })],
    ["a clock that stood still", counters(2), counters(3, { hostMs: counters(2).hostMs })],
    ["a silence", counters(1), counters(4)],
  ])("says nothing of %s", (_what, before, after) => {
    expect(ratesBetween(before, after)).toBeNull();
  });

  it("bridges one sample that is missing", () => {
    expect(ratesBetween(counters(1), counters(3))?.cpus).toBe(1.5);
  });

  it("is never negative nor without end", () => {
    const sums = fc.record({
      step: fc.integer({ min: 0, max: 3 }),
      hostMs: fc.nat(),
      cpuUs: fc.nat(),
      receivedBytes: fc.nat(),
      sentBytes: fc.nat(),
    });
    fc.assert(
      fc.property(sums, sums, ({ step: a, ...one }, { step: b, ...other }) => {
        const rates = ratesBetween(counters(a, one), counters(b, other));
        for (const rate of Object.values(rates ?? {})) {
          expect(Number.isFinite(rate) && rate >= 0).toBe(true);
        }
      }),
    );
  });
});

function sample(step: number): Sample {
  return {
    ...counters(step),
    memoryBytes: 100 + step,
    memoryLimitBytes: 4096,
    diskBytes: step === 2 ? null : 7,
    diskQuotaBytes: 70,
    pids: 3,
    gpuPercent: null,
    gpuMemoryMiB: 512,
    gpuCelsius: 31.5,
    gpuWatts: 28,
  };
}

describe("toColumns", () => {
  const limits = { cpus: 2, gpuMemoryMiB: 24_576 };

  it("has a column of equal length for everything, null where nothing is known", () => {
    const view = toColumns([sample(1), sample(2), sample(3)], limits);
    expect(view.at).toEqual([
      "2026-11-25T10:00:10.000Z",
      "2026-11-25T10:00:20.000Z",
      "2026-11-25T10:00:30.000Z",
    ]);
    expect(view.cpus).toEqual([null, 1.5, 1.5]);
    expect(view.diskBytes).toEqual([7, null, 7]);
    expect(view.gpuPercent).toEqual([null, null, null]);
    expect(view.limits).toEqual({ ...limits, memoryBytes: 4096, diskBytes: 70 });
    for (const column of Object.values(view).filter(Array.isArray)) expect(column).toHaveLength(3);
  });

  it("gives what came since, its first rate included", () => {
    const view = toColumns([sample(1), sample(2), sample(3)], limits, sample(2).at);
    expect(view.at).toEqual(["2026-11-25T10:00:30.000Z"]);
    expect(view.cpus).toEqual([1.5]);
  });

  it("is empty before the first sample", () => {
    expect(toColumns([], limits)).toMatchObject({ at: [], cpus: [], limits: { memoryBytes: null } });
  });
});

it.each([
  [20_000, 10_000],
  [20_001, 9_999],
  [29_999, 1],
])("at %d ms the next full ten seconds are %d ms away", (now, wait) => expect(msToNextSlot(now)).toBe(wait));
