import { Temporal } from "temporal-polyfill";

/** A week of GPU time: from one Saturday's midnight in the lab's zone to the next one's. */
export interface Week {
  /** Its Saturday's date, e.g. `2026-11-21`. */
  readonly key: string;
  readonly start: Date;
  /** The first instant of the next week: 167, 168 or 169 hours later where clocks shift by an hour. */
  readonly end: Date;
}

const daysInWeek = 7;

function startOf(day: Temporal.PlainDate, zone: string): Date {
  return new Date(day.toZonedDateTime(zone).epochMilliseconds);
}

/** The week that an instant falls into. @param zone IANA name, e.g. `Europe/Berlin` */
export function weekOf(at: Date, zone: string): Week {
  const today = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  // ISO counts Monday as 1 and Saturday as 6.
  const saturday = today.subtract({ days: (today.dayOfWeek + 1) % daysInWeek });
  return {
    key: saturday.toString(),
    start: startOf(saturday, zone),
    end: startOf(saturday.add({ days: daysInWeek }), zone),
  };
}

/** "Saturday 28 Nov, 00:00 America/New_York": when the next week begins, for people. */
export function weekTurnText(week: Week, zone: string): string {
  const turn = Temporal.Instant.fromEpochMilliseconds(week.end.getTime()).toZonedDateTimeISO(zone);
  const date = turn.toLocaleString("en-GB", { weekday: "long", day: "numeric", month: "short" });
  return `${date}, ${turn.toPlainTime().toString({ smallestUnit: "minute" })} ${zone}`;
}
