import { Temporal } from "temporal-polyfill";

const hourNs = 3_600_000_000_000;
/** Shifts are looked at from here on, over as many years: what clocks did before is nobody's GPU time. */
const from = Temporal.Instant.from("2026-01-01T00:00:00Z");
const years = 20;

/** Whether there is such a zone, e.g. `Europe/Berlin`. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    // Intl has no other way to ask: a RangeError is the answer "no".
    return false;
  }
}

/** Whether the zone's clocks, where they change at all, change by whole hours: only then do weeks have whole hours. */
export function shiftsByWholeHours(name: string): boolean {
  let at = from.toZonedDateTimeISO(name);
  const end = at.add({ years });
  for (;;) {
    const shift = at.getTimeZoneTransition("next");
    if (shift === null || Temporal.ZonedDateTime.compare(shift, end) > 0) return true;
    if ((shift.offsetNanoseconds - at.offsetNanoseconds) % hourNs !== 0) return false;
    at = shift;
  }
}
