import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hourMs } from "@/lib/fleet/rules";
import { gpuHoursOf, horizonMs, type KnownSlot, type KnownWeek } from "./hours-rules";

const [me, ben] = [1, 2];
const start = Date.parse("2026-12-05T05:00:00Z");
const hour = (index: number) => new Date(start + index * hourMs);
const at = (index: number) => hour(index).toISOString();
/** Twenty past the tenth hour. */
const now = new Date(hour(10).getTime() + 20 * 60_000);

const executing: KnownWeek = {
  key: "2026-12-05",
  startsAt: hour(0),
  endsAt: hour(12),
  closesAt: hour(0),
  status: "executing",
};
const open: KnownWeek = {
  key: "2026-12-12",
  startsAt: hour(12),
  endsAt: hour(180),
  closesAt: hour(12),
  status: "open",
};
const weeks = [executing, open];

function slot(
  index: number,
  userId: number | null,
  state: KnownSlot["state"] = "sold",
  price = 1,
): KnownSlot {
  const username = userId === null ? null : userId === me ? "ana" : "ben";
  return { startsAt: hour(index), userId, username, state, price: userId === null ? 0 : price, n: price };
}

const auction = (slots: KnownSlot[]) =>
  gpuHoursOf({ mode: "auction", state: "available", slots, weeks }, me, now);

describe("an auctioned GPU's hours", () => {
  it("can be taken where nobody holds the one that runs, until somebody's begin", () => {
    const { present, next } = auction([slot(13, ben, "leading")]);
    expect(present).toEqual({
      ...{ slot: at(10), person: null, offer: "take", price: 1, week: executing.key },
      until: at(13),
    });
    expect(next).toMatchObject({ slot: at(11), offer: "take", price: 1 });
  });

  it("are somebody's until the last of a run; the next can be taken, or bid on in the week to come", () => {
    const { present, next } = auction([slot(10, ben), slot(11, ben)]);
    expect(present).toMatchObject({ person: "ben", offer: null, price: null, until: at(12) });
    expect(next).toMatchObject({ slot: at(11), person: "ben", offer: null });
    const mine = auction([slot(10, me), slot(11, me), slot(12, ben, "leading", 4)]);
    expect(mine.present).toMatchObject({ person: "ana", until: at(12) });
    expect(mine.next).toEqual({ slot: at(12), person: "ben", offer: "bid", price: 5, week: open.key });
  });

  it("of a released hour are anybody's", () => {
    expect(auction([slot(10, null, "released")]).present).toMatchObject({ person: null, offer: "take" });
  });

  it("are not told beyond the horizon", () => {
    const slots = Array.from({ length: horizonMs / hourMs + 2 }, (_, index) => slot(10 + index, me));
    expect(auction(slots)).toMatchObject({ present: { until: null }, next: null });
  });

  it("of a week that nobody has opened yet can't be had", () => {
    const { next } = gpuHoursOf(
      { mode: "auction", state: "available", slots: [slot(10, me), slot(11, me)], weeks: [executing] },
      me,
      now,
    );
    expect(next).toEqual({ slot: at(12), person: null, offer: null, price: null, week: null });
  });
});

it("a reserved GPU's free hours are booked", () => {
  const { present, next } = gpuHoursOf(
    { mode: "reservation", state: "available", slots: [slot(10, ben)], weeks },
    me,
    now,
  );
  expect(present).toMatchObject({ person: "ben", offer: null });
  expect(next).toMatchObject({ slot: at(11), offer: "book", price: null });
});

it("the next hour is never the reader's, and what is said of the present holds until its end", () => {
  const people = fc.array(fc.constantFrom(me, ben, null), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(people, (holders) => {
      const slots = holders.flatMap((who, index) => (who === null ? [] : [slot(10 + index, who)]));
      const { present, next } = auction(slots);
      const whose = (instant: string) =>
        slots.find(({ startsAt }) => startsAt.toISOString() === instant)?.userId ?? null;
      if (whose(present.slot) === me) expect(next && whose(next.slot)).not.toBe(me);
      const until = present.until === null ? now.getTime() + horizonMs : Date.parse(present.until);
      for (let time = Date.parse(present.slot); time < until; time += hourMs) {
        expect(whose(new Date(time).toISOString())).toBe(whose(present.slot));
      }
      if (present.until !== null) expect(whose(present.until)).not.toBe(whose(present.slot));
    }),
  );
});
