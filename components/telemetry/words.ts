import type { StateTone } from "@/components/ui/state-badge";
import { fullness } from "@/lib/kernel/fullness";
import type { SamplesView } from "@/lib/telemetry/model";
import { axisTop, type PlotSpec } from "./plots";
import { extentOf } from "./samples";

/** A kernel now and then, as of a monitor, is no work. In percent. */
const idlePercent = 1;
/** A pause between two steps of a training is shorter. In ms. */
const idleFromMs = 5 * 60_000;
const tightShare = 0.9;

const minutes = (ms: number) => Math.floor(ms / 60_000);

/** How long the GPU has had nothing to do up to the latest sample, in ms; 0 while it works. */
export function idleFor(view: SamplesView): number {
  const { at, gpuPercent } = view;
  let since = at.length;
  while (since > 0 && isIdle(gpuPercent[since - 1]) && !isHole(view, since)) since -= 1;
  const [first, last] = [at[since], at.at(-1)];
  return first === undefined || last === undefined ? 0 : Date.parse(last) - Date.parse(first);
}

const isIdle = (load: number | null | undefined) => typeof load === "number" && load <= idlePercent;

/** Whether samples are missing before the one at `index`. */
function isHole({ at, stepSeconds }: SamplesView, index: number): boolean {
  const [before, after] = [at[index - 1], at[index]];
  if (before === undefined || after === undefined) return false;
  return Date.parse(after) - Date.parse(before) > 2.5 * stepSeconds * 1_000;
}

export interface Fact {
  readonly tone: StateTone;
  readonly text: string;
}

/** What a plot shows that is worth a word: an idle GPU, memory or workspace about to be full. Null when nothing is. */
export function factOf(spec: PlotSpec, view: SamplesView): Fact | null {
  if (spec.id === "gpu-load") {
    const idle = idleFor(view);
    return idle >= idleFromMs ? { tone: "idle", text: `Idle for ${minutes(idle)} min` } : null;
  }
  const [key] = spec.series.map((series) => series.key);
  const last = key === undefined ? null : (view[key].at(-1) ?? null);
  const limit = spec.top(view.limits);
  if (last === null || limit === null || limit <= 0) return null;
  const share = last / limit;
  const text = `${Math.floor(share * 100)} %`;
  if (spec.id === "memory" && share >= tightShare) {
    return { tone: "warn", text: `${text} used; at 100 % programs are ended` };
  }
  const level = spec.id === "disk" ? fullness(last, limit) : "fine";
  return level === "fine"
    ? null
    : { tone: level === "urgent" ? "bad" : "warn", text: `${text} of the quota` };
}

/** The latest value in words, e.g. "1.42 CPUs of 2.00 CPUs" or "in 1.2 MB/s, out 30 kB/s"; a dash where none is known. */
export function valueText(spec: PlotSpec, view: SamplesView, index = view.at.length - 1): string {
  const parts = spec.series.map(({ key, label }) => {
    const value = view[key][index] ?? null;
    const text = value === null ? "–" : spec.format(value);
    return label === undefined ? text : `${label} ${text}`;
  });
  return parts.join(", ");
}

/** All there is of it, where that is bounded and not simply 100 %: "of 4 GB". */
export function limitText(spec: PlotSpec, view: SamplesView): string | null {
  const limit = spec.top(view.limits);
  if (limit === null || limit <= 0 || spec.id === "gpu-load" || spec.id === "gpu-temperature") return null;
  return `of ${spec.format(limit)}`;
}

/** What the picture shows, for who does not see it. */
export function summaryOf(spec: PlotSpec, view: SamplesView): string {
  const sentences = spec.series.map(({ key, label }) => {
    const extent = extentOf(view[key]);
    const what = label === undefined ? spec.title : `${spec.title} ${label}`;
    if (extent === null) return `${what}: nothing measured in the last hour.`;
    const now = extent.last === null ? "not known now" : `now ${spec.format(extent.last)}`;
    return `${what}: ${now}, in the last hour between ${spec.format(extent.least)} and ${spec.format(extent.most)}.`;
  });
  const limit = limitText(spec, view);
  const fact = factOf(spec, view);
  return [
    ...sentences,
    ...(limit
      ? [`The axis ends at ${spec.format(axisTop(spec, view.limits, null))}, which is all there is.`]
      : []),
    ...(fact ? [`${fact.text}.`] : []),
  ].join(" ");
}
