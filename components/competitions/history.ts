import type { HistoryPoint } from "@/lib/competitions/model";
import { zonedParts } from "@/lib/kernel/zoned-time";

/** Of the plot and of what stands in its place before it comes. */
export const historyHeight = "h-40";

/** Steps as uPlot takes them: seconds and scores, and the last one once more at the end, in ms. */
export function historyData(points: readonly HistoryPoint[], untilMs: number): [number[], number[]] {
  const seconds = points.map(({ acceptedAt }) => Date.parse(acceptedAt) / 1_000);
  const scores = points.map(({ score }) => score);
  const [lastAt, lastScore] = [seconds.at(-1), scores.at(-1)];
  if (lastAt === undefined || lastScore === undefined) return [[], []];
  return [
    [...seconds, Math.max(lastAt + 1, untilMs / 1_000)],
    [...scores, lastScore],
  ];
}

/** An axis with a little air around the values; one value stands in the middle. @param greatest that there can be */
export function rangeOf(least: number, most: number, greatest = Number.POSITIVE_INFINITY): [number, number] {
  const air = most > least ? (most - least) * 0.12 : Math.max(Math.abs(most) * 0.05, 0.01);
  return [least - air, Math.min(most + air, Math.max(greatest, most))];
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "24 Nov" where days are told, "14:05" where hours are; at midnight always the day. @param step in s, as `seconds` */
export function timeLabel(seconds: number, step: number, zone: string): string {
  const { day, month, hour, minute } = zonedParts(new Date(seconds * 1_000), zone);
  const clock = `${hour}:${minute}`;
  return step >= 86_400 || clock === "00:00" ? `${day} ${monthNames[month - 1]}` : clock;
}
