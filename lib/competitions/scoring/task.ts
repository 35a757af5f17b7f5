import type { RankingCurve } from "./curves";

export const splits = ["public", "private"] as const;
export type Split = (typeof splits)[number];

/** What a formula gives, or why it gives nothing. Never NaN. */
export type MetricValue = { readonly value: number } | { readonly value: null; readonly reason: string };

/** By the name that an evaluation uses, in the order in which they were asked for. */
export type Metrics = ReadonlyMap<string, MetricValue>;

/** What one image, volume or row contributed; nested by label or class where there are several. */
export interface CaseScore {
  readonly id: string;
  readonly split: Split;
  readonly values: Readonly<Record<string, number | null | Readonly<Record<string, number | null>>>>;
}

/** What a task's scorer makes of one submission. */
export interface TaskScores {
  /** Null where the truth has no rows of that split. */
  readonly splits: Readonly<Record<Split, Metrics | null>>;
  /** Rows, boxes or volumes that were scored. */
  readonly rows: number;
  /** In the order of the truth; empty for tasks whose metrics are no means over cases. */
  readonly cases: readonly CaseScore[];
  /** Only where it was asked for. */
  readonly explanation?: Readonly<Record<Split, Explanation | null>>;
}

/** What a split's scores are made of, for people who want to know why. */
export interface Explanation {
  /** By class, in the declared order. */
  readonly perClass: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Rows are the truth, columns the prediction, in the declared order; null for tasks that have none. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** By class, of tasks of probabilities alone: the second of two, or each against all others. */
  readonly curves?: Readonly<Record<string, RankingCurve>>;
}
