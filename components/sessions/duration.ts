import { zonedParts } from "@/lib/kernel/zoned-time";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long a step took, to the millisecond where that matters: `85 ms`, `1.25 s`, `42 s`, `3 min 05 s`, `1 h 04 min`. */
export function stepDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < second) return `${Math.round(length)} ms`;
  if (length < 10 * second) return `${(Math.floor(length / 10) / 100).toFixed(2)} s`;
  if (length < minute) return `${Math.floor(length / second)} s`;
  if (length < hour)
    return `${Math.floor(length / minute)} min ${pad(Math.floor((length % minute) / second))} s`;
  return `${Math.floor(length / hour)} h ${pad(Math.floor((length % hour) / minute))} min`;
}

/** A time limit in words: `45 min`, `8 h`, `1 h 30 min`, `3 days`. */
export function limitText(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 1440 && minutes % 1440 === 0) return minutes === 1440 ? "1 day" : `${minutes / 1440} days`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Hours of GPU time to the minute: `0 h`, `45 min`, `2 h 30 min`. */
export function hoursText(hours: number): string {
  const minutes = Math.floor(hours * 60 + 1e-6);
  if (minutes === 0) return "0 h";
  const [whole, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (whole === 0) return `${rest} min`;
  return rest === 0 ? `${whole} h` : `${whole} h ${rest} min`;
}

/** `15:00:12.480` in the lab's zone: timelines are read to the millisecond. */
export function preciseTime(at: Date, zone: string): string {
  const { hour: hours, minute: minutes, second: seconds } = zonedParts(at, zone);
  return `${hours}:${minutes}:${seconds}.${String(at.getUTCMilliseconds()).padStart(3, "0")}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
