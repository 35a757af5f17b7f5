import type { SamplesView } from "@/lib/telemetry/model";
import { samplesKeptMs } from "@/lib/telemetry/rules";

/** The columns that are figures; `at` gives their times. */
export type SampleKey = Exclude<keyof SamplesView, "stepSeconds" | "limits" | "at">;

export const sampleKeys = [
  "cpus",
  "memoryBytes",
  "diskBytes",
  "receivedBytesPerSecond",
  "sentBytesPerSecond",
  "processes",
  "gpuPercent",
  "gpuMemoryMiB",
  "gpuCelsius",
  "gpuWatts",
] as const satisfies readonly SampleKey[];

/** What is known, and what came since, as one: the oldest leave as the newest come. */
export function mergeSamples(known: SamplesView, fresh: SamplesView): SamplesView {
  if (fresh.at.length === 0) return known;
  const last = known.at.at(-1) ?? "";
  const from = fresh.at.findIndex((at) => at > last);
  if (from === -1) return known;
  const at = [...known.at, ...fresh.at.slice(from)];
  const oldest = Date.parse(at.at(-1) ?? "") - samplesKeptMs;
  const drop = at.findIndex((one) => Date.parse(one) >= oldest);
  const merged: SamplesView = { ...fresh, at: at.slice(drop) };
  for (const key of sampleKeys) merged[key] = [...known[key], ...fresh[key].slice(from)].slice(drop);
  return merged;
}

/** Times in seconds and one column of values for each key, as uPlot takes them. */
export type PlotData = [number[], ...(number | null)[][]];

/** A hole of nulls wherever more than one sample is missing, so that no line is drawn across what nobody saw. */
export function plotData(view: SamplesView, keys: readonly SampleKey[]): PlotData {
  const times: number[] = [];
  const columns: (number | null)[][] = keys.map(() => []);
  for (const [index, at] of view.at.entries()) {
    const time = Date.parse(at) / 1_000;
    const before = times.at(-1);
    if (before !== undefined && time - before > 2.5 * view.stepSeconds) {
      times.push(before + view.stepSeconds);
      for (const column of columns) column.push(null);
    }
    times.push(time);
    for (const [position, key] of keys.entries()) columns[position]?.push(view[key][index] ?? null);
  }
  return [times, ...columns];
}

export interface Extent {
  readonly last: number | null;
  readonly least: number;
  readonly most: number;
}

/** The latest value and the range of a column; null when it has no value at all. */
export function extentOf(column: readonly (number | null)[]): Extent | null {
  const values = column.filter((value) => value !== null);
  if (values.length === 0) return null;
  return { last: column.at(-1) ?? null, least: Math.min(...values), most: Math.max(...values) };
}
