import { Temporal } from "temporal-polyfill";
import type { GpuState } from "@/lib/fleet/model";
import { type Micros, micros } from "@/lib/kernel/money";
import { type Away, type AwayReason, hourState, missedBeginning } from "./away-rules";
import type { CancelReason, ReservationState } from "./reservation-model";
import { dayIn, slotBegin, slotMs, startOf } from "./rules";

/** What is known of a reservation; its hours are whole, `paidUntil` among their beginnings or its end. */
export interface ReservationFacts {
  readonly state: ReservationState;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Hours before it are paid, those from it on held. */
  readonly paidUntil: Date;
}

type Span = Pick<ReservationFacts, "startsAt" | "endsAt">;

/** Until when cancelling costs nothing: so long before it starts. ms */
const freeCancelMs = slotMs;

/** Whether an hour of GPU time begins then. */
function isHour(at: Date, zone: string): boolean {
  return slotBegin(at, zone).getTime() === at.getTime();
}

/** The beginnings of the whole hours from one to before the other. */
export function hoursBetween(from: Date, to: Date): Date[] {
  const count = Math.max(0, Math.floor((to.getTime() - from.getTime()) / slotMs));
  return Array.from({ length: count }, (_, index) => new Date(from.getTime() + index * slotMs));
}

/** Hours of a day as the zone counts it: 23, 24 or 25. @param day e.g. `2026-12-05` */
export function hoursOfDay(day: string, zone: string): Date[] {
  const date = Temporal.PlainDate.from(day);
  return hoursBetween(startOf(date, zone), startOf(date.add({ days: 1 }), zone));
}

/** So many days from one on. @param from the first one, e.g. `2026-12-05`; null: the one that `now` falls into */
export function daysFrom(from: string | null, count: number, now: Date, zone: string): string[] {
  const first = from === null ? dayIn(now, zone) : Temporal.PlainDate.from(from);
  return Array.from({ length: count }, (_, days) => first.add({ days }).toString());
}

/** The first instant that can't be booked yet: the end of the day that is so many days after today. */
export function bookableUntil(now: Date, zone: string, aheadDays: number): Date {
  return startOf(dayIn(now, zone).add({ days: aheadDays + 1 }), zone);
}

/** Hours that follow each other without a gap, as one run each. @param hours in order */
export function runsOf(hours: readonly Date[]): { readonly startsAt: Date; readonly endsAt: Date }[] {
  const runs: { startsAt: Date; endsAt: Date }[] = [];
  for (const hour of hours) {
    const last = runs.at(-1);
    const end = new Date(hour.getTime() + slotMs);
    if (last?.endsAt.getTime() === hour.getTime()) last.endsAt = end;
    else runs.push({ startsAt: hour, endsAt: end });
  }
  return runs;
}

/** What whole hours cost together. */
export function costOf(rate: Micros, from: Date, to: Date): Micros {
  return micros(rate * BigInt(hoursBetween(from, to).length));
}

/** The ledger's key of what is held for an hour, and what it refers to: `reservation:rsv_…:2026-12-05T05:00:00Z`. */
export function holdKey(reservationId: string, hour: Date): string {
  return `reservation:${reservationId}:${hour.toISOString().replace(/\.000Z$/, "Z")}`;
}

/** What stands in the way of booking hours, by the field that is at fault. */
interface BookingFault {
  readonly field: "startsAt" | "endsAt";
  readonly text: string;
}

export interface BookingLimits {
  readonly reservationAheadDays: number;
  readonly reservationMaxHours: number;
}

/**
 * What is wrong with a reservation of these hours, whoever asks; null for nothing. The hour that runs may be its first.
 * @param from the first hour that is booked now: of one that is extended others lie before it
 */
export function bookingFault(
  { startsAt, endsAt, from = startsAt }: Span & { readonly from?: Date },
  { reservationAheadDays, reservationMaxHours }: BookingLimits,
  now: Date,
  zone: string,
): BookingFault | null {
  if (!isHour(startsAt, zone)) return { field: "startsAt", text: "No hour of GPU time begins then." };
  if (!isHour(endsAt, zone)) return { field: "endsAt", text: "No hour of GPU time ends then." };
  if (endsAt <= startsAt) return { field: "endsAt", text: "It ends after it starts." };
  if (from.getTime() + slotMs <= now.getTime())
    return { field: "startsAt", text: "The hour that begins then is over." };
  if (endsAt.getTime() - startsAt.getTime() > reservationMaxHours * slotMs)
    return { field: "endsAt", text: `A reservation has ${hoursText(reservationMaxHours)} at most.` };
  if (endsAt > bookableUntil(now, zone, reservationAheadDays)) {
    const days = reservationAheadDays === 1 ? "1 day" : `${reservationAheadDays} days`;
    return { field: "endsAt", text: `Hours can be booked ${days} ahead.` };
  }
  return null;
}

/** "1 hour", "24 hours". */
export function hoursText(count: number): string {
  return count === 1 ? "1 hour" : `${count} hours`;
}

export function isOpen({ state }: Pick<ReservationFacts, "state">): boolean {
  return state === "pending" || state === "active";
}

/** The last instant at which its owner cancels it for nothing. */
export function freeUntil({ startsAt }: Pick<Span, "startsAt">): Date {
  return new Date(startsAt.getTime() - freeCancelMs);
}

/** The beginning of the first of its hours that has not begun; its end when all have. */
export function firstToCome({ startsAt, endsAt }: Span, now: Date): Date {
  if (now < startsAt) return startsAt;
  const begun = Math.floor((now.getTime() - startsAt.getTime()) / slotMs) + 1;
  return new Date(Math.min(endsAt.getTime(), startsAt.getTime() + begun * slotMs));
}

/** What cancelling does: hours before `paidUntil` are paid, the others given back; those from `freedFrom` on are anybody's. */
export interface Cancellation {
  readonly paidUntil: Date;
  readonly freedFrom: Date;
}

/** What is known of its GPU. */
export interface BookedGpuFacts {
  readonly state: GpuState;
  /** Null where something can start on it. */
  readonly away: Away | null;
}

/** Whether a reservation begins or goes on with its next hour: on a draining GPU none begins, on a disabled one none goes on. */
function isServed({ state }: Pick<ReservationFacts, "state">, gpu: BookedGpuFacts): boolean {
  return gpu.state === "available" || (gpu.state === "draining" && state === "active");
}

/**
 * What cancelling it now comes to. Hours that have begun are paid for and stay, and so do those that were paid for before
 * the clock was set back; one whose GPU is away since before it is not paid for and does not stay. Of its owner, the next one
 * is due as well once it is not free any more, unless its GPU would not be had then; where the lab can't keep it, nothing
 * from the first unpaid hour on.
 * @returns null when it is over, or none of its hours is to come or awaited
 */
export function cancellationOf(
  reservation: ReservationFacts,
  why: CancelReason,
  gpu: BookedGpuFacts,
  now: Date,
): Cancellation | null {
  if (!isOpen(reservation)) return null;
  const { paidUntil, endsAt } = reservation;
  if (why === "no_funds" || why === "gpu_out_of_service")
    return paidUntil < endsAt ? { paidUntil, freedFrom: paidUntil } : null;
  const next = new Date(Math.max(firstToCome(reservation, now).getTime(), paidUntil.getTime()));
  const lost = hoursBetween(paidUntil, next).find((hour) => missedBeginning(hour, gpu.away));
  if (lost) return { paidUntil: lost, freedFrom: lost };
  if (next >= endsAt) return null;
  const late = why === "by_owner" && now > freeUntil(reservation);
  const due = late && isServed(reservation, gpu) && gpu.away === null;
  return { paidUntil: due ? new Date(next.getTime() + slotMs) : next, freedFrom: next };
}

/** As far as hours that are due can be paid: up to the first for which nothing is held any more. */
export function payableUntil(paidUntil: Date, due: Date, isHeld: (hour: Date) => boolean): Date {
  return hoursBetween(paidUntil, due).find((hour) => !isHeld(hour)) ?? due;
}

/** What the lab has to do with a reservation now. */
export type Step =
  /** The hour at `paidUntil` has begun. */
  | { readonly do: "pay" }
  /** The same, and its GPU is away: it costs nothing. */
  | { readonly do: "give_back"; readonly why: AwayReason }
  | { readonly do: "cancel"; readonly why: CancelReason }
  | { readonly do: "complete" };

/** The next step, one at a time and in the order of its hours however late it is seen; null for none, or none yet. */
export function nextStep(
  reservation: ReservationFacts,
  { disabled, gpu }: { readonly disabled: boolean; readonly gpu: BookedGpuFacts },
  now: Date,
): Step | null {
  if (!isOpen(reservation)) return null;
  const { paidUntil, endsAt } = reservation;
  if (paidUntil.getTime() === endsAt.getTime()) return endsAt <= now ? { do: "complete" } : null;
  if (paidUntil > now) return disabled ? { do: "cancel", why: "account_disabled" } : null;
  if (!isServed(reservation, gpu)) return { do: "cancel", why: "gpu_out_of_service" };
  const hour = hourState(paidUntil, gpu.away, now);
  if (hour === "awaited") return disabled ? { do: "cancel", why: "account_disabled" } : null;
  return hour === "lost" && gpu.away ? { do: "give_back", why: gpu.away.why } : { do: "pay" };
}
