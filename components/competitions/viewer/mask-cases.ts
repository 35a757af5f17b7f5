import type { Ranking, SubmissionCases } from "@/lib/competitions/model";

export interface MaskCase {
  readonly id: string;
  /** What the case got, over its labels; null where the formula leaves it undefined. */
  readonly score: number | null;
}

/**
 * The cases in the order in which they cost most, by the metric that ranks: `dice` of `mean_dice`, the mean over a case's
 * labels. Those without a value come last.
 */
export function worstFirst(cases: SubmissionCases["cases"], primary: Ranking): MaskCase[] {
  const name = primary.metric.replace(/^mean_/, "");
  const sign = primary.direction === "max" ? 1 : -1;
  const scored = cases.map(({ id, values }) => {
    const own = Object.entries(values).flatMap(([key, value]) =>
      typeof value === "number"
        ? key === name || key === primary.metric
          ? [value]
          : []
        : (value?.[name] ?? []),
    );
    return { id, score: own.length === 0 ? null : own.reduce((sum, value) => sum + value, 0) / own.length };
  });
  return scored.sort((a, b) => {
    if (a.score === null || b.score === null) return Number(a.score === null) - Number(b.score === null);
    return sign * (a.score - b.score) || (a.id < b.id ? -1 : 1);
  });
}
