import { zonedParts } from "@/lib/kernel/zoned-time";

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
