import { describe, expect, it } from "vitest";
import type { StartView } from "@/lib/schedule/model";
import { gridOf, hoursIn } from "./fixtures";
import { slotNumber } from "./hour-table";
import { outbidNames, stillOutbid, unseenIn } from "./outbid-seen";
import { ownRunEnd, phaseOf, planOf, slotInputOf, verbFor, weekOf } from "./week";
import { slotText } from "./words";

const before = hoursIn(-1);
const terms = { takePrice: "1", releaseRefund: "0.34" };

/** ana at GPU 0's first hour with 3, ben at GPU 1's where ana was outbid, ana alone on GPU 0's third hour. */
const bidOn = gridOf({
  cells: [
    [0, 0, 3, 0, "leading"],
    [1, 0, 2, 1, "leading"],
    [0, 2, 1, 0, "leading"],
  ],
  outbid: [[1, 0]],
});

describe("while a week is bid on", () => {
  const week = weekOf(bidOn, "ana");

  it("tells mine, lost and nobody's apart", () => {
    expect([0, 1, 2, 4].map((index) => week.slots[index]?.look)).toEqual([
      "mine",
      "outbid",
      "nobody",
      "mine",
    ]);
    expect(weekOf(bidOn, "ben").slots[1]?.look).toBe("mine");
    expect(
      weekOf(bidOn, "eve")
        .slots.slice(0, 2)
        .map(({ look }) => look),
    ).toEqual(["others", "outbid"]);
  });

  it("bids on what somebody else leads or nobody, and undoes what nobody led before", () => {
    const plan = planOf(week, [0, 1, 2, 4], before, { takePrice: 1 });
    expect(plan).toEqual({
      bid: { slots: [1, 2], cost: 4 },
      undo: { slots: [4], back: 1 },
      release: { slots: [] },
      take: { slots: [], cost: 0 },
      rest: 1,
    });
  });

  it("takes no bids from the instant of the close on, nor on a GPU that is no longer auctioned", () => {
    expect(phaseOf(bidOn, hoursIn(0) - 1)).toBe("bidding");
    expect(phaseOf(bidOn, hoursIn(0))).toBe("settling");
    expect(verbFor(week, 1, hoursIn(0))).toBeNull();
    const [gpu, ...rest] = week.gpus;
    const gone = { ...week, gpus: [{ ...gpu, mode: "on-demand" } as typeof gpu & {}, ...rest] };
    expect([verbFor(gone, 2, before), verbFor(gone, 4, before)]).toEqual([null, "undo"]);
  });

  it("marks hours of mine in which a session starts by itself, and none that is somebody else's", () => {
    const start = (hour: number, gpu: number, rests = false): StartView => {
      const slot = new Date(hoursIn(hour)).toISOString();
      return { gpuId: `gpu_${gpu}`, slot, exposure: "external", rests };
    };
    const planned = weekOf(bidOn, "ana", [start(2, 0), start(0, 1, true), start(400, 0)]);
    expect(planned.slots.flatMap(({ starts }, index) => (starts ? [index] : []))).toEqual([4]);
    expect(planned.slots[4]?.label).toBe("1 you, a session starts by itself");
    expect(slotText(planned, 4, before, terms)).toContain(
      "you lead with 1 credit; a session starts by itself",
    );
  });

  it("knows where hours of the reader's that follow one another end", () => {
    expect([ownRunEnd(week, 0), ownRunEnd(week, 4)]).toEqual([hoursIn(1), hoursIn(3)]);
    const last = weekOf(gridOf({ gpus: 1, cells: [[0, 167, 1, 0, "sold"]] }), "ana");
    expect(ownRunEnd(last, 167)).toBeNull();
  });

  it("says whose a slot is, and what it costs", () => {
    expect(slotText(week, 1, before, terms)).toBe(
      "ben leads with 2 credits, you were outbid; a bid costs 3 credits",
    );
    expect(slotText(week, 2, before, terms)).toBe("nobody has bid; a bid costs 1 credit");
    expect(slotText(week, 0, before, terms)).toBe("you lead with 3 credits");
  });
});

describe("once it is sold", () => {
  const week = weekOf(
    gridOf({
      status: "executing",
      cells: [
        [0, 0, 3, 0, "sold"],
        [1, 0, 2, 1, "sold"],
        [0, 2, 1, 0, "sold"],
        [1, 2, 0, null, "released"],
      ],
      outbid: [[1, 0]],
    }),
    "ana",
  );

  it("gives back what is to come, and takes what is free, the running hour too", () => {
    const at = hoursIn(1.5);
    // Over, over; running and nobody's; to come: mine, given back by somebody.
    expect([0, 1, 2, 4, 5].map((index) => verbFor(week, index, at))).toEqual([
      null,
      null,
      "take",
      "release",
      "take",
    ]);
    expect(verbFor(week, 4, hoursIn(2))).toBeNull();
    expect(verbFor(week, 2, hoursIn(2))).toBeNull();
    // Nothing starts in its last minute.
    expect(verbFor(week, 2, hoursIn(2) - 60_000)).toBeNull();
    expect(planOf(week, [4, 5, 7], at, { takePrice: 1 })).toMatchObject({
      release: { slots: [4] },
      take: { slots: [5, 7], cost: 2 },
    });
  });

  it("says what comes back of an hour before it is given back", () => {
    const text = slotText(week, 4, hoursIn(1.5), terms);
    expect(text).toBe("yours, for 1 credit; it can be given back for 0.34 credits");
  });

  it("no longer tells of being outbid", () => expect(week.slots[1]?.look).toBe("others"));
});

it("gives equal slots as one object, so that columns which did not change are not drawn anew", () => {
  const [one, other] = [weekOf(bidOn, "ana"), weekOf(structuredClone(bidOn), "ana")];
  expect(one.slots.every((slot, index) => slot === other.slots[index])).toBe(true);
});

it("remembers what was looked at until it is won back", () => {
  const week = weekOf(bidOn, "ana");
  expect(unseenIn(week, new Set())).toEqual([1]);
  const seen = new Set(outbidNames(week));
  expect(unseenIn(week, seen)).toEqual([]);
  expect(stillOutbid(week, seen)).toBe(seen);
  const wonBack = weekOf({ ...bidOn, cells: [[1, 0, 3, 0, "leading"]], outbid: [] }, "ana");
  const forgotten = stillOutbid(wonBack, seen);
  expect(forgotten.size).toBe(0);
  expect(unseenIn(week, forgotten)).toEqual([1]);
});

it("finds a slot by its GPU and instant, and none of another week", () => {
  const week = weekOf(bidOn, "ana");
  for (const index of [0, 5, week.slots.length - 1]) {
    expect(slotNumber(week, slotInputOf(week, index))).toBe(index);
  }
  const slot = new Date(hoursIn(2)).toISOString();
  expect(slotNumber(week, { gpuId: "gpu_none", slot })).toBeNull();
  for (const hours of [-1, 0.5, 168]) {
    const elsewhere = { gpuId: "gpu_0", slot: new Date(hoursIn(hours)).toISOString() };
    expect(slotNumber(week, elsewhere)).toBeNull();
  }
});
