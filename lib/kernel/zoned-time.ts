const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
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

function dayName({ year, month, day }: ZonedParts): string {
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  return `${weekday} ${day} ${monthNames[month - 1]}`;
}

/** "28 Nov", of a date as weeks are named by. */
export function dayText(date: string): string {
  const [, month, day] = date.split("-");
  return month && day ? `${Number(day)} ${monthNames[Number(month) - 1]}` : "";
}

/** "Sat 5 Dec 14:00 EST": an hour of a week; of the one that is there twice in autumn the zone's name says which. */
export function hourText(at: Date, zone: string): string {
  const parts = zonedParts(at, zone);
  return `${dayName(parts)} ${parts.hour}:${parts.minute} ${parts.zoneName}`;
}

/**
 * "Sat 5 Dec 09:00–14:00 EST", "Sat 5 Dec 22:00–Sun 6 Dec 02:00 EST": from an hour to another; a day's end is its 24:00.
 * Where clocks change in between each has its zone's name.
 */
export function spanText(from: Date, to: Date, zone: string): string {
  const [begin, end] = [zonedParts(from, zone), zonedParts(to, zone)];
  // The instant before it is of the day that a midnight ends.
  const last = zonedParts(new Date(to.getTime() - 1), zone);
  const atMidnight = last.day !== end.day;
  const day = dayName(last) === dayName(begin) ? "" : `${dayName(last)} `;
  const named = begin.zoneName === end.zoneName ? "" : ` ${begin.zoneName}`;
  const clock = atMidnight ? "24:00" : `${end.hour}:${end.minute}`;
  return `${dayName(begin)} ${begin.hour}:${begin.minute}${named}–${day}${clock} ${end.zoneName}`;
}
