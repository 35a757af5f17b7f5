import { placesWithIntervals } from "@/lib/competitions/bound-rules";
import type { LeaderboardRow, ScoreInterval } from "@/lib/competitions/model";
import { scoreText } from "./score-text";

/** The score's, as "0.9312 to 0.9710". */
export function scoreRange({ score: [low, high] }: ScoreInterval, digits?: number): string {
  return `${scoreText(low, digits)} to ${scoreText(high, digits)}`;
}

/** The rank's, as "rank 3" or "ranks 1 to 3". */
export function rankRange({ rank: [low, high] }: ScoreInterval): string {
  return low === high ? `rank ${low}` : `ranks ${low} to ${high}`;
}

/** How it was made, in a sentence. */
export function intervalWords({ replicates, leftOut }: ScoreInterval): string {
  const left = leftOut === 0 ? "" : `; ${leftOut} more leave the metric undefined`;
  return `95 % of ${replicates} resamples of the cases${left}.`;
}

/** Why a row of a board has none. */
export function noIntervalWords({ rank }: Pick<LeaderboardRow, "rank">): string {
  return rank > placesWithIntervals
    ? `Only the best ${placesWithIntervals} of a board have intervals.`
    : "Not computed yet.";
}

export interface Scale {
  readonly from: number;
  readonly to: number;
}

/** What a plot of all these rows runs from and to; null where none has an interval. */
export function scaleOf(rows: readonly Pick<LeaderboardRow, "interval">[]): Scale | null {
  const ends = rows.flatMap(({ interval }) => interval?.score ?? []);
  if (ends.length === 0) return null;
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  // All in one point: it stands in the middle.
  return from === to ? { from: from - 0.5, to: to + 0.5 } : { from, to };
}
