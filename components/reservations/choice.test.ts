import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Calendar, calendarOf, numberingOf } from "./calendar";
import { type Choice, choiceOf, chosenSlots, newHours, tapped } from "./choice";
import { bookingsOf, hoursIn, rsv } from "./fixtures";

const now = hoursIn(3.5);
const own = rsv("own");

/** On GPU 0: ana's own at 10–12, ben's at 14–16; GPU 1 is free. */
const calendar = calendarOf(
  bookingsOf({
    blocks: [
      [0, 10, 2, 0, own],
      [0, 14, 2, 1, null],
    ],
  }),
);
const at = (hour: number, gpu = 0): number => hour * 2 + gpu;
const draw = (anchor: number, focus: number, on: Calendar = calendar): Choice =>
  choiceOf(on, { anchor, focus }, now);

describe("drawing over free hours", () => {
  it("books them on the GPU where it began, downwards and upwards", () => {
    expect(draw(at(5, 1), at(8, 1))).toEqual({ kind: "book", gpu: 1, from: 5, to: 9, stop: null });
    expect(draw(at(8, 1), at(5, 0))).toEqual({ kind: "book", gpu: 1, from: 5, to: 9, stop: null });
    expect(draw(at(5, 1), at(5, 1))).toEqual({ kind: "book", gpu: 1, from: 5, to: 6, stop: null });
  });

  it("stops at what is somebody's, and says whose", () => {
    expect(draw(at(12), at(15))).toMatchObject({ from: 12, to: 14, stop: { by: "others", person: "ben" } });
    expect(draw(at(13), at(11))).toMatchObject({ from: 12, to: 14, stop: { by: "own" } });
  });

  it("stops at the longest that is allowed, at the hour that runs, and where nothing can be booked yet", () => {
    expect(draw(at(20), at(40))).toMatchObject({ from: 20, to: 26, stop: { by: "longest" } });
    expect(draw(at(40), at(20))).toMatchObject({ from: 35, to: 41, stop: { by: "longest" } });
    expect(draw(at(5), at(0))).toMatchObject({ from: 3, to: 6, stop: { by: "past" } });
    expect(draw(at(142), at(150))).toMatchObject({ from: 142, to: 144, stop: { by: "limit" } });
  });

  it("begins at none that is over, too far ahead, or on a GPU that is out of service", () => {
    expect(draw(at(2), at(5))).toEqual({ kind: "refused", slot: at(2), why: "past" });
    expect(draw(at(3), at(3)).kind).toBe("book");
    expect(draw(at(144), at(144))).toEqual({ kind: "refused", slot: at(144), why: "closed" });
    for (const gpu of [{ state: "draining" }, { present: false }] as const) {
      const out = calendarOf(bookingsOf({ gpu }));
      expect(draw(at(8), at(9), out)).toMatchObject({ kind: "refused", why: "closed" });
    }
  });
});

describe("drawing from what is booked", () => {
  it("reaches on past the end of one's own, as far as one reservation may go", () => {
    expect(draw(at(10), at(11))).toMatchObject({ kind: "own", from: 10, to: 12, stop: null });
    const longer = draw(at(10), at(13));
    expect(longer).toMatchObject({ kind: "own", from: 10, to: 14, stop: null });
    expect(newHours(longer)).toBe(2);
    expect(draw(at(11), at(20))).toMatchObject({ to: 14, stop: { by: "others", person: "ben" } });
    const alone = calendarOf(bookingsOf({ blocks: [[0, -1, 5, 0, own]] }));
    // It began before what is shown: its six hours end at five.
    expect(draw(at(1), at(9), alone)).toMatchObject({ from: -1, to: 5, stop: { by: "longest" } });
  });

  it("has nothing to do with what is somebody else's", () => {
    expect(draw(at(15), at(18))).toMatchObject({
      kind: "others",
      block: { person: "ben", from: 14, to: 16 },
    });
  });
});

it("never chooses an hour that is somebody's, over, or more than may be had", () => {
  const slot = fc.integer({ min: 0, max: 2 * 168 - 1 });
  fc.assert(
    fc.property(slot, slot, (anchor, focus) => {
      const choice = draw(anchor, focus);
      if (choice.kind !== "book") return;
      const chosen = [...chosenSlots(choice, 2)];
      expect(chosen).toContain(anchor);
      expect(chosen.every((each) => calendar.slots[each]?.look === "nobody" && each >= at(3))).toBe(true);
      expect(chosen.length).toBeLessThanOrEqual(6);
    }),
  );
});

it("by taps goes from the first hour to the last, begins anew, and lets go", () => {
  const tap = (span: ReturnType<typeof tapped>, slot: number) => tapped(calendar, span, slot, now);
  const first = tap(null, at(5, 1));
  expect(first).toEqual({ anchor: at(5, 1), focus: at(5, 1) });
  expect(tap(first, at(5, 1))).toBeNull();
  const both = tap(first, at(8, 1));
  expect(both).toEqual({ anchor: at(5, 1), focus: at(8, 1) });
  expect(tap(both, at(6, 1))).toEqual({ anchor: at(6, 1), focus: at(6, 1) });
  // Another GPU, and what can't be reached.
  expect(tap(first, at(8, 0))).toEqual({ anchor: at(8, 0), focus: at(8, 0) });
  expect(tap(first, at(20, 1))).toEqual({ anchor: at(20, 1), focus: at(20, 1) });
});

it("slots are numbered otherwise as soon as hours or GPUs are others: what was chosen by number is another's hour", () => {
  const all = bookingsOf({ gpus: 3 });
  const [first, ...rest] = all.gpus;
  const calendars = [
    all,
    { ...all, gpus: rest },
    { ...all, gpus: [...rest, first].flatMap((gpu) => gpu ?? []) },
  ];
  const later = bookingsOf({ gpus: 3, hours: { first: new Date(hoursIn(24)).toISOString(), count: 168 } });
  expect(new Set([...calendars, later].map(numberingOf)).size).toBe(4);
  expect(numberingOf({ ...all, blocks: [[0, 10, 2, 0, own]] })).toBe(numberingOf(all));
});
