import { hourMs } from "@/lib/fleet/rules";
import { zonedParts } from "@/lib/kernel/zoned-time";

/** An hour of the clock; in the week in which clocks go back, one of them is there twice. */
export interface HourRow {
  readonly key: string;
  /** "02" */
  readonly label: string;
  /** The second of its name that day. */
  readonly again: boolean;
}

export interface GridDay {
  /** As the lab's zone counts it, e.g. `2026-12-05`. */
  readonly date: string;
  /** "Sat 5 Dec" */
  readonly label: string;
  /** Which hour of the week stands in each row; null where clocks skip it, or nothing is shown of it. */
  readonly hours: readonly (number | null)[];
}

/** A week as a calendar: hours of the clock downwards, days across. */
export interface WeekLayout {
  readonly rows: readonly HourRow[];
  readonly days: readonly GridDay[];
  /** Of each hour of the week: its day and its row. */
  readonly places: readonly { readonly day: number; readonly row: number }[];
  /** Of each hour of the week, as people say it: "Sat 5 Dec 14:00". */
  readonly names: readonly string[];
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (part: number): string => String(part).padStart(2, "0");

interface ClockHour {
  readonly date: string;
  readonly dayLabel: string;
  readonly label: string;
  readonly again: boolean;
}

/** What each hour is called by the zone's clocks. */
function clockHours(first: string, count: number, zone: string): ClockHour[] {
  const seen = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const { year, month, day, hour } = zonedParts(new Date(Date.parse(first) + index * hourMs), zone);
    const date = `${year}-${two(month)}-${two(day)}`;
    const weekday = weekdays[new Date(`${date}T00:00:00Z`).getUTCDay()];
    const again = seen.has(`${date} ${hour}`);
    seen.add(`${date} ${hour}`);
    return { date, dayLabel: `${weekday} ${day} ${months[month - 1]}`, label: hour, again };
  });
}

const keyOf = ({ label, again }: ClockHour): string => (again ? `${label}+` : label);

/**
 * Lays out consecutive hours by the zone's days and clocks. A day of 23 hours has a gap, one of 25 a row of its own.
 * @param first ISO 8601
 * @param zone IANA name
 */
export function layoutOf(first: string, count: number, zone: string): WeekLayout {
  const hours = clockHours(first, count, zone);
  const keys = [...new Set(hours.map(keyOf))].sort();
  const rowOf = new Map(keys.map((key, row) => [key, row]));
  const days: { date: string; label: string; hours: (number | null)[] }[] = [];
  const places = hours.map((hour, index) => {
    let day = days.at(-1);
    if (day?.date !== hour.date) {
      day = { date: hour.date, label: hour.dayLabel, hours: keys.map(() => null) };
      days.push(day);
    }
    const row = rowOf.get(keyOf(hour)) ?? 0;
    day.hours[row] = index;
    return { day: days.length - 1, row };
  });
  return {
    rows: keys.map((key) => ({ key, label: key.slice(0, 2), again: key.endsWith("+") })),
    days,
    places,
    names: hours.map(({ dayLabel, label, again }) => `${dayLabel} ${label}:00${again ? ", the second" : ""}`),
  };
}
