import { Temporal } from "temporal-polyfill";
import { hourMs } from "@/lib/fleet/rules";

/** A week of GPU time: from one Saturday's midnight in the lab's zone to the next one's. */
export interface Week {
  /** Its Saturday's date, e.g. `2026-11-21`. */
  readonly key: string;
  readonly start: Date;
  /** The first instant of the next week: 167, 168 or 169 hours later where clocks shift by an hour. */
  readonly end: Date;
}

const daysInWeek = 7;

/** What is sold: an hour of one GPU. ms */
export const slotMs = hourMs;

/** The first instant of a day as the zone counts it. */
export function startOf(day: Temporal.PlainDate, zone: string): Date {
  return new Date(day.toZonedDateTime(zone).epochMilliseconds);
}

/** The day that an instant falls into. */
export function dayIn(at: Date, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate();
}

/** The week that an instant falls into. @param zone IANA name, e.g. `Europe/Berlin` */
export function weekOf(at: Date, zone: string): Week {
  const today = dayIn(at, zone);
  // ISO counts Monday as 1 and Saturday as 6.
  return weekAt(today.subtract({ days: (today.dayOfWeek + 1) % daysInWeek }).toString(), zone);
}

/** The week of a Saturday, by its date. */
export function weekAt(key: string, zone: string): Week {
  const saturday = Temporal.PlainDate.from(key);
  return { key, start: startOf(saturday, zone), end: startOf(saturday.add({ days: daysInWeek }), zone) };
}

/** "Saturday 28 Nov, 00:00 America/New_York": when the next week begins, for people. */
export function weekTurnText(week: Week, zone: string): string {
  const turn = Temporal.Instant.fromEpochMilliseconds(week.end.getTime()).toZonedDateTimeISO(zone);
  const date = turn.toLocaleString("en-GB", { weekday: "long", day: "numeric", month: "short" });
  return `${date}, ${turn.toPlainTime().toString({ smallestUnit: "minute" })} ${zone}`;
}

/** The week that an instant falls into and those before it, so many together, the oldest first. */
export function lastWeeks(now: Date, count: number, zone: string): Week[] {
  const saturday = Temporal.PlainDate.from(weekOf(now, zone).key);
  return Array.from({ length: count }, (_, index) =>
    weekAt(saturday.subtract({ days: (count - 1 - index) * daysInWeek }).toString(), zone),
  );
}

type Span = Pick<Week, "start" | "end">;

/** How many slots of a GPU a week has: whole, since zones that shift by less than an hour are refused. */
export function slotCount({ start, end }: Span): number {
  return (end.getTime() - start.getTime()) / slotMs;
}

/** When slot `index` begins, counted from the week's first hour, whatever local clocks do meanwhile. */
export function slotAt({ start }: Pick<Week, "start">, index: number): Date {
  return new Date(start.getTime() + index * slotMs);
}

/** The beginnings of a week's slots. */
export function slotsOf(week: Span): Date[] {
  return Array.from({ length: slotCount(week) }, (_, index) => slotAt(week, index));
}

/** Which slot of the week begins at an instant; null for none. */
export function slotIndexOf(week: Span, at: Date): number | null {
  const index = (at.getTime() - week.start.getTime()) / slotMs;
  return Number.isInteger(index) && index >= 0 && index < slotCount(week) ? index : null;
}

/** When the slot begins that an instant falls into; in some zones that is half past. @param zone IANA name */
export function slotBegin(at: Date, zone: string): Date {
  const { start } = weekOf(at, zone);
  return slotAt({ start }, Math.floor((at.getTime() - start.getTime()) / slotMs));
}

/** The slots of a week that begin on a day as the zone counts it. @param day e.g. `2026-11-21` */
export function slotsOfDay(week: Span, day: string, zone: string): Date[] {
  return slotsOf(week).filter((slot) => dayIn(slot, zone).toString() === day);
}
