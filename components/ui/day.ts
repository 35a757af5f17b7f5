import { zonedParts } from "@/lib/kernel/zoned-time";

const hourMs = 3_600_000;

/**
 * When a calendar day begins in a zone, as `<input type="date">` gives it; null for what is no day.
 * @param days later: 1 is the day after
 */
export function startOfDay(day: string, zone: string, days = 0): Date | null {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return null;
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
