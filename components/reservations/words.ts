import { gpuName } from "@/components/schedule/hour-table";
import { creditsText, hoursText } from "@/components/schedule/words";
import { amountText } from "@/components/wallet/amount";
import { hourMs } from "@/lib/fleet/rules";
import { micros, microsOf, textOf } from "@/lib/kernel/micros";
import { spanText } from "@/lib/kernel/zoned-time";
import type { BookingsView } from "@/lib/schedule/calendar-model";
import type { CancelReason, ReservationState, ReservationView } from "@/lib/schedule/reservation-model";
import type { Currency } from "@/lib/wallet/model";
import type { Calendar } from "./calendar";
import type { Choice, Stop } from "./choice";

export interface Price {
  readonly amount: string;
  readonly currency: Currency;
}

/** "2.5 credits", "2.50 USD". */
export function priceText({ amount, currency }: Price): string {
  return currency === "CREDIT" ? creditsText(amount) : `${amountText(amount, currency)} ${currency}`;
}

/** What so many hours cost. */
export function costOf({ amount, currency }: Price, hours: number): Price {
  return { amount: textOf(micros(microsOf(amount) * BigInt(hours))), currency };
}

/** What a payment leaves; below zero where there isn't enough. */
export function leftAfter({ amount, currency }: Price, available: string): Price {
  return { amount: textOf(micros(microsOf(available) - microsOf(amount))), currency };
}

/** An amount without its sign. */
export function sizeOf({ amount, currency }: Price): Price {
  return { amount: amount.replace(/^-/, ""), currency };
}

/** "GPU 3, Sat 5 Dec 09:00–14:00 EST"; hours as the calendar numbers them, the last not included. */
export function hoursName(calendar: Calendar, gpu: number, from: number, to: number): string {
  const at = (hour: number) => new Date(calendar.firstMs + hour * hourMs);
  return `${gpuName(calendar, gpu)}, ${spanText(at(from), at(to), calendar.view.zone)}`;
}

/** What kept a drag from going on, to stand behind what it came to; null where that needs no word. */
export function stopText(stop: Stop | null, { maxHours }: BookingsView["limits"]): string | null {
  switch (stop?.by) {
    case "others":
      return `beyond are ${stop.person}’s hours`;
    case "own":
      return "beyond are hours of your own";
    case "longest":
      return `one reservation has at most ${hoursText(maxHours)}`;
    case "limit":
      return "what comes after can’t be booked yet";
    default:
      return null;
  }
}

/** Why nothing can be done with an hour. */
export function refusedText(calendar: Calendar, { slot, why }: Extract<Choice, { kind: "refused" }>): string {
  if (why === "past") return "It is over.";
  const place = slot % calendar.gpus.length;
  const trouble = calendar.troubles[place];
  if (trouble) return `${trouble}: nothing new is booked on it.`;
  return `Too far ahead: ${daysText(calendar.view.limits.aheadDays)} at most.`;
}

function daysText(count: number): string {
  return `${count} ${count === 1 ? "day" : "days"}`;
}

/** What is allowed, and what of it is used. */
export function limitsText({ maxHours, aheadDays, maxOpen, open }: BookingsView["limits"]): string {
  return `Up to ${hoursText(maxHours)} at once, ${daysText(aheadDays)} ahead; ${open} of ${maxOpen} reservations in use`;
}

export const reservationStates = {
  pending: { tone: "working", word: "Booked" },
  active: { tone: "ok", word: "Running" },
  completed: { tone: "idle", word: "Over" },
  cancelled: { tone: "idle", word: "Cancelled" },
} as const satisfies Record<ReservationState, { tone: string; word: string }>;

const cancelWords: Record<Exclude<CancelReason, "by_owner">, string> = {
  by_admin: "by an administrator",
  no_funds: "its hour could not be paid",
  account_disabled: "the account was disabled",
  gpu_out_of_service: "its GPU was out of service",
};

/** Why one was cancelled, or what its owner got for giving it back; null where it was not. */
export function cancelledText({
  cancelledWhy,
  refunded,
  lapsed,
  rate: { currency },
}: Pick<ReservationView, "cancelledWhy" | "refunded" | "lapsed" | "rate">): string | null {
  if (cancelledWhy !== "by_owner") return cancelledWhy && cancelWords[cancelledWhy];
  if (microsOf(refunded) === 0n) return "nothing given back";
  const back = `${priceText({ amount: refunded, currency })} given back`;
  return lapsed === undefined ? back : `${back}, of which ${amountText(lapsed, currency)} lapsed`;
}

/** What cancelling brings back and costs. @param mine its reader's own; another's is an administrator's to cancel */
export function cancelText(
  { ifCancelled, rate: { currency }, state, person }: ReservationView,
  mine: boolean,
): string {
  if (ifCancelled === null) return "It can be cancelled no more.";
  const price = (amount: string) => priceText({ amount, currency });
  const { refund, due, lapses } = ifCancelled;
  const anybody = "Anybody may book the hours at once.";
  if (!mine) return `${person} gets ${price(refund)} back, and is told. ${anybody}`;
  const lapse = lapses ? ` Of that ${price(lapses)} lapse: it was held over a week's turn.` : "";
  if (microsOf(due) === 0n) return `You get ${price(refund)} back.${lapse} ${anybody}`;
  const why =
    state === "active" ? "the hour after the one that runs" : "its first hour, as it begins so soon";
  const back = microsOf(refund) === 0n ? "nothing" : price(refund);
  return `You pay ${price(due)} for ${why}, and get ${back} back.${lapse} ${anybody}`;
}
