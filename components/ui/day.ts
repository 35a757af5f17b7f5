import { zonedParts } from "@/lib/kernel/zoned-time";

const hourMs = 3_600_000;

/** Nothing is older than computers' clocks, and the day after the last one still has a year of four digits. */
const years = { first: 1970, last: 9998 } as const;

/**
 * When a calendar day begins in a zone, as `<input type="date">` gives it; null for what is no day, and for the years
 * 0002, 0020 and 0202 that it gives while somebody types 2026.
 * @param days later: 1 is the day after
 */
export function startOfDay(day: string, zone: string, days = 0): Date | null {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return null;
  const year = Number(day.slice(0, 4));
  if (year < years.first || year > years.last) return null;
  return whenItReads(midnight + days * 24 * hourMs, zone);
}

/** The instant at which the zone's clocks read what UTC's read at `wanted`, in ms. */
function whenItReads(wanted: number, zone: string): Date {
  // Twice: the first guess may lie on the other side of a change of clocks.
  const guess = wanted - offsetMs(new Date(wanted), zone);
  return new Date(wanted - offsetMs(new Date(guess), zone));
}

/** The instant of a zone's calendar and clock, as `<input type="datetime-local">` gives it; null for what is none. */
export function instantOf(local: string, zone: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) || startOfDay(local.slice(0, 10), zone) === null)
    return null;
  const wanted = Date.parse(`${local}:00Z`);
  return Number.isNaN(wanted) ? null : whenItReads(wanted, zone);
}

/** An instant to the minute, as `<input type="datetime-local">` takes it. */
export function localText(at: Date, zone: string): string {
  const { year, month, day, hour, minute } = zonedParts(at, zone);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${hour}:${minute}`;
}

/** How far the zone's clocks are ahead of UTC at an instant. */
function offsetMs(at: Date, zone: string): number {
  const { year, month, day, hour, minute, second } = zonedParts(at, zone);
  const local = Date.UTC(year, month - 1, day, Number(hour), Number(minute), Number(second));
  return local - Math.floor(at.getTime() / 1000) * 1000;
}
