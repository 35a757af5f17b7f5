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
  const wanted = midnight + days * 24 * hourMs;
  // Twice: the first guess may lie on the other side of a change of clocks.
  const guess = wanted - offsetMs(new Date(wanted), zone);
  return new Date(wanted - offsetMs(new Date(guess), zone));
}

/** How far the zone's clocks are ahead of UTC at an instant. */
function offsetMs(at: Date, zone: string): number {
  const { year, month, day, hour, minute, second } = zonedParts(at, zone);
  const local = Date.UTC(year, month - 1, day, Number(hour), Number(minute), Number(second));
  return local - Math.floor(at.getTime() / 1000) * 1000;
}
