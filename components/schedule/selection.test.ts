import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstHour } from "./fixtures";
import { layoutOf } from "./hours";
import { patchesOf, runStart, slotsIn, stepFrom, toggled } from "./selection";

const zone = "America/New_York";
const layout = layoutOf(firstHour, 168, zone);
const gpus = 3;
const at = (hour: number, gpu: number): number => hour * gpus + gpu;

describe("a drag", () => {
  it("covers the hours between, nights included, on the GPUs between", () => {
    const slots = slotsIn({ anchor: at(22, 2), focus: at(25, 1), shape: "through" }, gpus, layout);
    expect(slots).toEqual([22, 23, 24, 25].flatMap((hour) => [at(hour, 1), at(hour, 2)]));
    expect(slotsIn({ anchor: at(25, 1), focus: at(22, 2), shape: "through" }, gpus, layout)).toEqual(slots);
  });

  it("covers the same hours of each day, if it is to", () => {
    const slots = slotsIn({ anchor: at(18, 0), focus: at(48 + 20, 0), shape: "daily" }, gpus, layout);
    expect(slots).toEqual([18, 19, 20, 42, 43, 44, 66, 67, 68].map((hour) => at(hour, 0)));
  });

  it("leaves out hours that a day does not have", () => {
    const spring = layoutOf("2026-03-07T05:00:00Z", 167, zone);
    // 01:00 to 03:00 of Saturday and of the Sunday without 02:00.
    const slots = slotsIn({ anchor: 1, focus: 26, shape: "daily" }, 1, spring);
    expect(slots).toEqual([1, 2, 3, 25, 26]);
  });
});

it("draws exactly what is selected, each slot once", () => {
  const day = layout.days[2];
  const slot = fc
    .integer({ min: 48, max: 71 })
    .chain((hour) => fc.integer({ min: 0, max: 2 }).map((gpu) => at(hour, gpu)));
  fc.assert(
    fc.property(fc.uniqueArray(slot), (slots) => {
      const drawn = patchesOf(new Set(slots), day?.hours ?? [], gpus).flatMap(
        ({ gpus: [l, r], rows: [t, b] }) =>
          Array.from({ length: (r - l) * (b - t) }, (_, n) =>
            at(48 + t + (n % (b - t)), l + Math.floor(n / (b - t))),
          ),
      );
      expect(drawn.sort((a, b) => a - b)).toEqual(slots.sort((a, b) => a - b));
    }),
  );
  const box = slotsIn({ anchor: at(50, 0), focus: at(53, 2), shape: "through" }, gpus, layout);
  expect(patchesOf(new Set(box), day?.hours ?? [], gpus)).toEqual([{ gpus: [0, 3], rows: [2, 6] }]);
});

it("turns one slot on and off", () => {
  const on = toggled(new Set([1]), 2);
  expect([...on]).toEqual([1, 2]);
  expect([...toggled(on, 1)]).toEqual([2]);
});

describe("keys", () => {
  const go = (from: number, key: string, wide = false) => stepFrom(from, key, wide, gpus, layout);

  it("go on over midnight and over the day's edge, and stop at the week's", () => {
    expect(go(at(23, 1), "ArrowDown")).toBe(at(24, 1));
    expect(go(at(24, 1), "ArrowUp")).toBe(at(23, 1));
    expect(go(at(5, 2), "ArrowRight")).toBe(at(29, 0));
    expect(go(at(29, 0), "ArrowLeft")).toBe(at(5, 2));
    expect(go(at(0, 0), "ArrowUp")).toBe(at(0, 0));
    expect(go(at(5, 0), "ArrowLeft")).toBe(at(5, 0));
    expect(go(at(167, 2), "ArrowDown")).toBe(at(167, 2));
    expect(go(at(150, 2), "ArrowRight")).toBe(at(150, 2));
  });

  it("go by days, to a day's ends and the week's", () => {
    expect(go(at(5, 1), "PageDown")).toBe(at(29, 1));
    expect(go(at(29, 1), "ArrowLeft", true)).toBe(at(5, 1));
    expect(go(at(30, 1), "Home")).toBe(at(24, 1));
    expect(go(at(30, 1), "End")).toBe(at(47, 1));
    expect(go(at(30, 1), "Home", true)).toBe(at(0, 0));
    expect(go(at(30, 1), "End", true)).toBe(at(167, 2));
    expect(go(at(30, 1), "x")).toBeNull();
  });
});

describe("the start of a run", () => {
  it("is the first of hours in a row on one GPU, in whatever order they were chosen", () => {
    expect(runStart(new Set([at(8, 1), at(7, 1), at(9, 1)]), gpus)).toBe(at(7, 1));
    expect(runStart(new Set([at(7, 1)]), gpus)).toBe(at(7, 1));
  });

  it("is none of hours with a gap, on two GPUs, or of nothing", () => {
    for (const slots of [[at(7, 1), at(9, 1)], [at(7, 1), at(7, 2)], []]) {
      expect(runStart(new Set(slots), gpus)).toBeNull();
    }
  });
});
