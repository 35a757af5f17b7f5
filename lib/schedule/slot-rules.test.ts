import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bidOn,
  giveUpOn,
  gpuRefusal,
  leadersOf,
  type Outcome,
  type Phase,
  phaseOf,
  releaseOn,
  type SlotFacts,
  saleKey,
  takeOn,
  undoOn,
  untouched,
  winOn,
} from "./slot-rules";

const at = (n: number) => new Date(Date.UTC(2026, 10, 30, 0, 0, n));
const bidding: Phase = { bidding: true, settled: false, begun: false, ending: false, over: false };
const settled: Phase = { bidding: false, settled: true, begun: false, ending: false, over: false };
const people = fc.integer({ min: 1, max: 4 });
const action = fc.oneof(
  fc.record({ do: fc.constant("bid" as const), who: people }),
  fc.record({ do: fc.constant("undo" as const), who: people }),
);

function slotOf(outcome: Outcome): SlotFacts {
  if ("slot" in outcome) return outcome.slot;
  throw new Error(outcome.refusal);
}

/** The model of a slot: the stack of bids that stand. */
class Standing {
  readonly #bidders: number[] = [];
  #numbers = 0;

  bid(who: number): boolean {
    if (this.#bidders.at(-1) === who) return false;
    this.#bidders.push(who);
    this.#numbers++;
    return true;
  }

  undo(who: number): boolean {
    const may = this.#bidders.length === 1 && this.#bidders[0] === who;
    if (may) this.#bidders.pop();
    return may;
  }

  expected(): SlotFacts {
    const price = this.#bidders.length;
    const userId = this.#bidders.at(-1) ?? null;
    return { state: price > 0 ? "leading" : "empty", userId, price, n: this.#numbers };
  }
}

describe("bidding", () => {
  test("price is accepted bids less undone ones, one leads while it is above 0, and nobody outbids themselves", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let slot = untouched;
        const model = new Standing();
        for (const { do: what, who } of actions) {
          const allowed = what === "bid" ? model.bid(who) : model.undo(who);
          const outcome = what === "bid" ? bidOn(slot, who, bidding) : undoOn(slot, who, bidding);
          expect("slot" in outcome).toBe(allowed);
          if ("slot" in outcome) slot = outcome.slot;
          expect(slot).toEqual(model.expected());
        }
      }),
    );
  });

  test("every bid has a number of its own, after an undone one, too: no key is used twice", () => {
    const first = slotOf(bidOn(untouched, 1, bidding));
    const second = slotOf(bidOn(slotOf(undoOn(first, 1, bidding)), 2, bidding));
    expect([first.n, second.n]).toEqual([1, 2]);
    // Nobody's bid stands before it, so it can be undone as well.
    expect(undoOn(second, 2, bidding)).toEqual({ slot: { state: "empty", userId: null, price: 0, n: 2 } });
  });

  test("what is given up is bid on from the beginning, whoever led it before, under new numbers", () => {
    const outbid = slotOf(bidOn(slotOf(bidOn(untouched, 1, bidding)), 2, bidding));
    expect(undoOn(outbid, 2, bidding)).toEqual({ refusal: "led_before" });
    expect(giveUpOn(outbid, 1, bidding)).toEqual({ refusal: "not_leading" });
    const given = slotOf(giveUpOn(outbid, 2, bidding));
    expect(given).toEqual({ state: "empty", userId: null, price: 0, n: 2 });
    const anew = slotOf(bidOn(given, 1, bidding));
    expect(anew).toEqual({ state: "leading", userId: 1, price: 1, n: 3 });
    expect(slotOf(undoOn(anew, 1, bidding))).toMatchObject({ state: "empty", price: 0 });
    expect(giveUpOn(outbid, 2, { ...bidding, bidding: false })).toEqual({ refusal: "closed" });
  });

  test("nothing is bid or undone once bidding is over, whatever the slot's state", () => {
    const led = slotOf(bidOn(untouched, 1, bidding));
    const late: Phase = { ...bidding, bidding: false };
    expect(bidOn(untouched, 1, late)).toEqual({ refusal: "closed" });
    expect(bidOn(led, 2, late)).toEqual({ refusal: "closed" });
    expect(undoOn(led, 1, late)).toEqual({ refusal: "closed" });
  });
});

describe("after bidding", () => {
  const sold = winOn(slotOf(bidOn(slotOf(bidOn(untouched, 1, bidding)), 2, bidding)));

  test("only its holder releases a slot, and only before it begins", () => {
    expect(sold).toMatchObject({ userId: 2, price: 2 });
    expect(releaseOn(sold, 1, settled)).toEqual({ refusal: "not_yours" });
    expect(releaseOn(sold, 2, { ...settled, begun: true })).toEqual({ refusal: "begun" });
    expect(releaseOn(sold, 2, settled)).toEqual({
      slot: { state: "released", userId: null, price: 0, n: 2 },
    });
    expect(releaseOn(slotOf(bidOn(untouched, 1, bidding)), 1, settled)).toEqual({ refusal: "not_yours" });
  });

  test("a slot that a turn has sold takes no bid, though the clock was set back to before the close", () => {
    expect(bidOn(sold, 1, bidding)).toEqual({ refusal: "closed" });
    expect(bidOn(slotOf(releaseOn(sold, 2, settled)), 1, bidding)).toEqual({ refusal: "closed" });
  });

  test("what nobody has is taken for one credit until its hour is over, under a number of its own", () => {
    const released = slotOf(releaseOn(sold, 2, settled));
    expect(takeOn(released, 1, settled)).toEqual({ slot: { state: "sold", userId: 1, price: 1, n: 3 } });
    expect(takeOn(untouched, 1, settled)).toEqual({ slot: { state: "sold", userId: 1, price: 1, n: 1 } });
    const over = { ...settled, begun: true, ending: true, over: true };
    expect(takeOn(released, 1, over)).toEqual({ refusal: "over" });
    expect(takeOn(released, 1, { ...over, over: false })).toEqual({ refusal: "ending" });
    expect(takeOn(sold, 1, settled)).toEqual({ refusal: "taken" });
    expect(takeOn(sold, 2, settled)).toEqual({ refusal: "yours_already" });
    expect(takeOn(untouched, 1, bidding)).toEqual({ refusal: "still_open" });
    // Between the close and the turn nobody has it yet.
    expect(takeOn(untouched, 1, { ...settled, settled: false })).toEqual({ refusal: "not_sold_yet" });
    expect(takeOn(slotOf(bidOn(untouched, 1, bidding)), 2, settled)).toEqual({ refusal: "not_sold_yet" });
  });
});

test("of a GPU out of service only the hour that runs is not to be had, of one that isn't auctioned none", () => {
  const auctioned = { mode: "auction", state: "available" } as const;
  const running = { ...settled, begun: true };
  expect([gpuRefusal(auctioned, running), gpuRefusal(auctioned, bidding)]).toEqual([null, null]);
  for (const state of ["draining", "disabled"] as const) {
    const out = { ...auctioned, state };
    expect([gpuRefusal(out, running), gpuRefusal(out, settled)]).toEqual(["out_of_service", null]);
  }
  expect(gpuRefusal({ ...auctioned, mode: "on-demand" }, settled)).toBe("not_auctioned");
});

test("bidding is over at the instant of the close, an hour at the instant of the next", () => {
  const closesAt = new Date("2026-12-05T05:00:00Z");
  const slot = closesAt;
  const just = (ms: number) => new Date(closesAt.getTime() + ms);
  const open = { status: "open", closesAt } as const;
  expect(phaseOf(slot, open, just(-1))).toEqual(bidding);
  expect(phaseOf(slot, open, just(0))).toEqual({ ...bidding, bidding: false, begun: true });
  const executing = { status: "executing", closesAt } as const;
  expect(phaseOf(slot, executing, just(3_539_999))).toEqual({ ...settled, begun: true });
  // Nothing starts in the last minute.
  expect(phaseOf(slot, executing, just(3_540_000))).toEqual({ ...settled, begun: true, ending: true });
  expect(phaseOf(slot, executing, just(3_600_000))).toEqual({
    ...settled,
    begun: true,
    ending: true,
    over: true,
  });
});

test("an hour of a reservation is neither bid on nor taken, released or undone", () => {
  const reserved: SlotFacts = { state: "reserved", userId: 1, price: 0, n: 0 };
  expect(bidOn(reserved, 2, bidding)).toEqual({ refusal: "taken" });
  expect(takeOn(reserved, 2, settled)).toEqual({ refusal: "taken" });
  expect(releaseOn(reserved, 1, settled)).toEqual({ refusal: "not_yours" });
  expect(undoOn(reserved, 1, bidding)).toEqual({ refusal: "not_leading" });
});

test("a hold's key names GPU, hour and number", () => {
  const key = saleKey("gpu_aaaaaaaaaaaaaaaa", new Date("2026-12-05T05:00:00Z"), 7);
  expect(key).toBe("slot:gpu_aaaaaaaaaaaaaaaa:2026-12-05T05:00:00Z:7");
});

test("the history says who would have won at each moment", () => {
  const bid = (person: string, price: number, placed: number, outcome: "outbid" | "undone" | "won") => ({
    person,
    price,
    placedAt: at(placed),
    outcome,
    endedAt: at(placed + 1),
  });
  const bids = [bid("ana", 1, 0, "undone"), bid("bo", 1, 5, "outbid"), bid("ana", 2, 6, "won")];
  expect(leadersOf(bids)).toEqual([
    { from: at(0), person: "ana", price: 1 },
    { from: at(1), person: null, price: 0 },
    { from: at(5), person: "bo", price: 1 },
    { from: at(6), person: "ana", price: 2 },
  ]);
});
