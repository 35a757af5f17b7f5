const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const formats = new Map<string, Intl.DateTimeFormat>();

/** Formatters are slow to make and one zone serves a whole page. */
function formatIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
  formats.set(zone, made);
  return made;
}

export interface ZonedParts {
  year: number;
  /** 1–12 */
  month: number;
  day: number;
  hour: string;
  minute: string;
  second: string;
  /** e.g. "EST" or "GMT+1" */
  zoneName: string;
}

/** An instant's calendar fields in a zone. */
export function zonedParts(at: Date, zone: string): ZonedParts {
  const parts = Object.fromEntries(
    formatIn(zone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  return {
    year: Number(parts.year),
    month: Number(parts.month),
    day: Number(parts.day),
    hour: parts.hour ?? "",
    minute: parts.minute ?? "",
    second: parts.second ?? "",
    zoneName: parts.timeZoneName ?? zone,
  };
}

/** "14:05 EST" today, "22 Nov 14:05 EST" this year, "22 Nov 2025 14:05 EST" otherwise; days as the zone counts them. */
export function absoluteText(at: Date, now: Date, zone: string): string {
  const then = zonedParts(at, zone);
  const today = zonedParts(now, zone);
  const clock = `${then.hour}:${then.minute} ${then.zoneName}`;
  const date = `${then.day} ${monthNames[then.month - 1]}`;
  if (then.year !== today.year) return `${date} ${then.year} ${clock}`;
  return then.month === today.month && then.day === today.day ? clock : `${date} ${clock}`;
}

/** "2026-11-22 14:05:09 EST (America/New_York)", for the hover. */
export function exactText(at: Date, zone: string): string {
  const then = zonedParts(at, zone);
  const date = [then.year, pad(then.month), pad(then.day)].join("-");
  return `${date} ${then.hour}:${then.minute}:${then.second} ${then.zoneName} (${zone})`;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "in 3 h 20 min", "12 min ago", "now"; at most two units. */
export function relativeText(at: Date, now: Date): string {
  const distance = at.getTime() - now.getTime();
  const text = roughDuration(Math.abs(distance));
  if (text === null) return "now";
  return distance > 0 ? `in ${text}` : `${text} ago`;
}

function roughDuration(ms: number): string | null {
  if (ms < minute) return null;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 10 * hour) return twoUnits(Math.floor(ms / hour), "h", Math.floor((ms % hour) / minute), "min");
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  if (ms < 3 * day) return twoUnits(Math.floor(ms / day), "d", Math.floor((ms % day) / hour), "h");
  return `${Math.floor(ms / day)} d`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** "2:03:09" or "3:09", for countdowns and running times; never negative. */
export function clockDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = pad(seconds % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
