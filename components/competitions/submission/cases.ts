import type { Split, SubmissionCases } from "@/lib/competitions/model";
import { valueDirection, valueLabel } from "../metrics";

type Case = SubmissionCases["cases"][number];

/** One figure that every case has, perhaps by label: `dice` of label `1`. */
export interface CaseSeries {
  readonly key: string;
  readonly label: string;
  readonly direction: "max" | "min";
  readonly values: readonly CaseValue[];
}

export interface CaseValue {
  readonly id: string;
  readonly value: number;
  /** Of masks: how large the label is in the truth and in the submission. */
  readonly volumes?: { readonly truthMm3: number; readonly ownMm3: number } | undefined;
}

export interface CaseWords {
  /** Of masks: what each value means. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is measured, most important first. */
  readonly metrics: readonly string[];
}

/**
 * What can be drawn of a split's cases: a series for each metric, and of nested ones for each label. Volumes and counts,
 * of which neither more nor less is better, are no series.
 */
export function seriesOf(cases: readonly Case[], split: Split, { labels, metrics }: CaseWords): CaseSeries[] {
  const found = new Map<string, CaseValue[]>();
  for (const one of cases) {
    if (one.split !== split) continue;
    for (const [key, value] of flatOf(one)) {
      const series = found.get(key) ?? [];
      if (value !== null) series.push({ id: one.id, value, volumes: volumesOf(one, key.split("\n")[1]) });
      found.set(key, series);
    }
  }
  const placeOf = (key: string) => {
    const [name = key] = key.split("\n");
    const place = metrics.findIndex((metric) => metric === name || metric === `mean_${name}`);
    return place < 0 ? metrics.length : place;
  };
  const ordered = [...found].sort(([a], [b]) => placeOf(a) - placeOf(b));
  return ordered.flatMap(([key, values]) => {
    const [name = key, of] = key.split("\n");
    const direction = valueDirection(name);
    if (direction === null) return [];
    const label = of === undefined ? valueLabel(name) : `${valueLabel(name)}, ${labels[of] ?? `label ${of}`}`;
    return [{ key, label, direction, values }];
  });
}

function volumesOf({ values }: Case, label: string | undefined): CaseValue["volumes"] {
  const of = label === undefined ? null : values[label];
  if (of === null || typeof of !== "object") return undefined;
  const { truth_volume_mm3: truthMm3, prediction_volume_mm3: ownMm3 } = of;
  return typeof truthMm3 === "number" && typeof ownMm3 === "number" ? { truthMm3, ownMm3 } : undefined;
}

function flatOf({ values }: Case): [string, number | null][] {
  return Object.entries(values).flatMap(([name, value]): [string, number | null][] =>
    value !== null && typeof value === "object"
      ? Object.entries(value).map(([inner, one]) => [`${inner}\n${name}`, one])
      : [[name, value]],
  );
}

/** Whether cases are right or wrong, and nothing between; an overlap that happens to be none or whole is neither. */
export function isRightOrWrong({ key, values }: CaseSeries): boolean {
  return values.length > 0 && (key === "accuracy" || key === "accuracy_argmax");
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const mostBins = 24;

/** Values in bins of one width with round edges; right or wrong alone has two. */
export function binsOf(values: readonly number[]): Bin[] {
  if (values.length === 0) return [];
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const width = binWidth(
    most - least || Math.abs(most) || 1,
    Math.min(mostBins, Math.ceil(2 * Math.sqrt(values.length))),
  );
  const first = Math.floor(least / width + 1e-9);
  const count = Math.max(1, Math.ceil(most / width - 1e-9) - first);
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const place = Math.min(count - 1, Math.max(0, Math.floor(value / width + 1e-9) - first));
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts.map((many, place) => ({
    from: (first + place) * width,
    to: (first + place + 1) * width,
    count: many,
  }));
}

/** The next of 1, 2, 2.5 and 5 in its decade that gives no more than `bins` of them. */
function binWidth(extent: number, bins: number): number {
  const raw = extent / Math.max(1, bins);
  const decade = 10 ** Math.floor(Math.log10(raw));
  return (([1, 2, 2.5, 5, 10] as const).find((step) => step * decade >= raw * (1 - 1e-9)) ?? 10) * decade;
}

/** The value below which a share of the sorted ones lies, between two neighbours by their distance. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low = 0, high = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** The cases that cost most, worst first. */
export function worstOf({ values, direction }: CaseSeries, many: number): CaseSeries["values"] {
  const sign = direction === "max" ? 1 : -1;
  return [...values].sort((a, b) => sign * (a.value - b.value)).slice(0, many);
}
