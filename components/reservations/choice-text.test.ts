import { expect, it } from "vitest";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import type { WalletView } from "@/lib/wallet/model";
import { calendarOf } from "./calendar";
import { choiceOf } from "./choice";
import { chosenText, pointedText } from "./choice-text";
import { bookingsOf, hoursIn, rsv } from "./fixtures";
import { cancelledText, cancelText } from "./words";

const now = hoursIn(3.5);
const view = bookingsOf({
  blocks: [
    [0, 10, 2, 0, rsv("own")],
    [0, 14, 2, 1, null],
  ],
});
const at = (hour: number, gpu = 0): number => hour * 2 + gpu;

const wallet = (usd: string): WalletView => ({
  balances: [
    { currency: "CREDIT", posted: "9", held: "0", available: "9", frozen: false },
    { currency: "USD", posted: usd, held: "0", available: usd, frozen: false },
  ],
});

const own: ReservationView = {
  id: rsv("own"),
  gpuId: "gpu_0",
  gpu: "GPU 0 on gpu1",
  model: "NVIDIA H100",
  node: "gpu1",
  person: "ana",
  startsAt: new Date(hoursIn(10)).toISOString(),
  endsAt: new Date(hoursIn(12)).toISOString(),
  hours: 2,
  rate: { amount: "0.25", currency: "USD" },
  cost: "0.5",
  paid: "0",
  refunded: "0",
  lostHours: 0,
  state: "pending",
  cancelledWhy: null,
  createdAt: new Date(now).toISOString(),
  activatedAt: null,
  endedAt: null,
  freeUntil: new Date(hoursIn(9)).toISOString(),
  canCancel: true,
  canExtend: true,
  ifCancelled: { refund: "0.5", due: "0" },
};

const say = (anchor: number, focus: number, usd = "10", bookings = view, mine = own) => {
  const calendar = calendarOf(bookings);
  const choice = choiceOf(calendar, { anchor, focus }, now);
  return chosenText({ calendar, choice, own: choice.kind === "own" ? mine : null, wallet: wallet(usd), now });
};

it("says what hours cost and leave, and why they are no more", () => {
  expect(say(at(6, 1), at(9, 1))).toEqual({
    title: "GPU 1, Sat 5 Dec 06:00–10:00 EST",
    detail: "4 hours at 0.50 USD: 2.00 USD; leaves 8.00 USD",
    blocked: false,
  });
  expect(say(at(12), at(15))?.detail).toBe(
    "2 hours at 0.50 USD: 1.00 USD; leaves 9.00 USD; beyond are ben’s hours",
  );
  expect(say(at(20), at(40))?.detail).toContain("one reservation has at most 6 hours");
});

it("books nothing that can't be paid, nor one reservation too many", () => {
  expect(say(at(6), at(9), "1.5")).toMatchObject({
    detail: "4 hours at 0.50 USD: 2.00 USD; 0.50 USD more than you have",
    blocked: true,
  });
  const full = bookingsOf({ limits: { ...view.limits, open: 3 } });
  expect(say(at(6), at(6), "10", full)).toMatchObject({ blocked: true });
  expect(say(at(6), at(6), "10", full)?.detail).toContain("you have 3 of 3 reservations");
});

it("warns where cancelling would cost at once", () => {
  expect(say(at(4), at(4))?.detail).toContain(
    "it begins within the hour, so cancelling costs its first hour",
  );
  expect(say(at(5), at(5))?.detail).not.toContain("cancelling");
});

it("extends at the rate that was booked, and says until when cancelling is free", () => {
  expect(say(at(10), at(12))?.detail).toBe("1 hour more at 0.25 USD: 0.25 USD; leaves 9.75 USD");
  expect(say(at(10), at(11))).toMatchObject({
    title: "GPU 0, Sat 5 Dec 10:00–12:00 EST",
    detail: "Yours, for 0.50 USD; cancelling is free until 09:00 EST",
  });
});

it("says what cancelling costs of one that is not free any more, or is as its GPU is away", () => {
  const late = (ifCancelled: ReservationView["ifCancelled"]) =>
    say(at(10), at(11), "10", view, { ...own, freeUntil: null, ifCancelled })?.detail;
  expect(late({ refund: "0.25", due: "0.25" })).toBe("Yours, for 0.50 USD; cancelling now costs 0.25 USD");
  expect(late({ refund: "0.5", due: "0" })).toBe("Yours, for 0.50 USD; cancelling costs nothing now");
  expect(late(null)).toBe("Yours, for 0.50 USD");
});

it("says of a reservation that a session starts by itself in it, and when if not as it begins", () => {
  const of = (hour: number) =>
    calendarOf(view, [
      { gpuId: "gpu_0", slot: new Date(hoursIn(hour)).toISOString(), exposure: "external", rests: false },
    ]);
  expect(of(11).slots[at(11)]).toMatchObject({ starts: true, label: "yours, a session starts by itself" });
  expect(pointedText(of(11), at(10), now).detail).toBe("Yours; a session starts by itself at 11:00 EST");
  expect(pointedText(of(10), at(11), now).detail).toBe("Yours; a session starts by itself");
  expect(pointedText(of(11), at(15), now).detail).toBe("ben’s");
});

it("says what an hour is", () => {
  const calendar = calendarOf(view);
  const of = (slot: number) => pointedText(calendar, slot, now);
  expect(of(at(5))).toMatchObject({
    title: "GPU 0, Sat 5 Dec 05:00–06:00 EST",
    detail: "Free, 0.50 USD an hour. Up to 6 hours at once, 5 days ahead; 1 of 3 reservations in use.",
  });
  expect(of(at(15))).toMatchObject({ title: "GPU 0, Sat 5 Dec 14:00–16:00 EST", detail: "ben’s" });
  expect(of(at(1)).detail).toBe("It is over.");
  expect(of(at(150)).detail).toBe("Too far ahead: 5 days at most.");
  const off = calendarOf(bookingsOf({ gpu: { state: "disabled" } }));
  expect(pointedText(off, at(8), now).detail).toBe("Out of service: nothing new is booked on it.");
});

it("says what cancelling brings back and costs", () => {
  expect(cancelText(own, true)).toBe("You get 0.50 USD back. Anybody may book the hours at once.");
  const credits = { ...own, rate: { amount: "1.5", currency: "CREDIT" } } as const;
  expect(cancelText({ ...credits, ifCancelled: { refund: "3", due: "0", lapses: "1.5" } }, true)).toBe(
    "You get 3 credits back. Of that 1.5 credits lapse: it was held over a week's turn. Anybody may book the hours at once.",
  );
  expect(cancelText({ ...own, ifCancelled: { refund: "0.25", due: "0.25" } }, true)).toBe(
    "You pay 0.25 USD for its first hour, as it begins so soon, and get 0.25 USD back. Anybody may book the hours at once.",
  );
  expect(cancelText({ ...own, state: "active", ifCancelled: { refund: "0", due: "0.25" } }, true)).toBe(
    "You pay 0.25 USD for the hour after the one that runs, and get nothing back. Anybody may book the hours at once.",
  );
  expect(cancelText(own, false)).toBe(
    "ana gets 0.50 USD back, and is told. Anybody may book the hours at once.",
  );
});

it("says what of one that was given back came back", () => {
  const given = { ...own, cancelledWhy: "by_owner" } as const;
  expect(cancelledText({ ...given, refunded: "0.25" })).toBe("0.25 USD given back");
  expect(cancelledText({ ...given, refunded: "0" })).toBe("nothing given back");
  const rate = { amount: "2", currency: "CREDIT" } as const;
  expect(cancelledText({ ...given, rate, refunded: "10", lapsed: "5" })).toBe(
    "10 credits given back, of which 5 lapsed",
  );
  expect(cancelledText({ ...own, cancelledWhy: "by_admin" })).toBe("by an administrator");
  expect(cancelledText(own)).toBeNull();
});
