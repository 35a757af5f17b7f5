import { memoryAsSold } from "@/components/fleet/gpu";
import { size } from "@/lib/kernel/size";
import type { SamplesView } from "@/lib/telemetry/model";
import type { SampleKey } from "./samples";

export interface PlotSeries {
  readonly key: SampleKey;
  /** Needed where a plot has several. */
  readonly label?: string;
}

export interface PlotSpec {
  readonly id: string;
  readonly title: string;
  readonly series: readonly PlotSeries[];
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** The fixed upper end of the axis, i.e. all there is; null when the values set it. */
  readonly top: (limits: SamplesView["limits"]) => number | null;
  /** Where the values set the upper end, it is not below this: else noise would fill the plot. */
  readonly leastTop: number;
  /** Whether the figures are a GPU's, and so invented where the GPU is. */
  readonly ofGpu: boolean;
}

const percent = (value: number) => `${Math.round(value)} %`;
const sizeOfMiB = (value: number) => size(value * 1024 ** 2);
const cores = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} CPUs`;
const perSecond = (value: number) => `${size(Math.round(value))}/s`;
const none = () => null;

/** Every plot of a session's page, in the order of the grid. */
export const plots: readonly PlotSpec[] = [
  {
    id: "gpu-load",
    title: "GPU load",
    series: [{ key: "gpuPercent" }],
    format: percent,
    top: () => 100,
    leastTop: 100,
    ofGpu: true,
  },
  {
    id: "gpu-memory",
    title: "GPU memory",
    series: [{ key: "gpuMemoryMiB" }],
    format: sizeOfMiB,
    // As its tile has it, which is a little more than the driver gives.
    top: ({ gpuMemoryMiB }) => (gpuMemoryMiB > 0 ? memoryAsSold(gpuMemoryMiB) * 1024 : null),
    leastTop: 1_024,
    ofGpu: true,
  },
  {
    id: "cpu",
    title: "CPU",
    series: [{ key: "cpus" }],
    format: cores,
    top: ({ cpus }) => cpus,
    leastTop: 1,
    ofGpu: false,
  },
  {
    id: "memory",
    title: "Memory",
    series: [{ key: "memoryBytes" }],
    format: size,
    top: ({ memoryBytes }) => memoryBytes,
    leastTop: 1024 ** 3,
    ofGpu: false,
  },
  {
    id: "network",
    title: "Network",
    series: [
      { key: "receivedBytesPerSecond", label: "in" },
      { key: "sentBytesPerSecond", label: "out" },
    ],
    format: perSecond,
    top: none,
    leastTop: 100 * 1024,
    ofGpu: false,
  },
  {
    id: "disk",
    title: "Workspace",
    series: [{ key: "diskBytes" }],
    format: size,
    top: ({ diskBytes }) => diskBytes,
    leastTop: 1024 ** 3,
    ofGpu: false,
  },
  {
    id: "gpu-temperature",
    title: "GPU temperature",
    series: [{ key: "gpuCelsius" }],
    format: (value) => `${Math.round(value)} °C`,
    top: () => 100,
    leastTop: 100,
    ofGpu: true,
  },
  {
    id: "gpu-power",
    title: "GPU power",
    series: [{ key: "gpuWatts" }],
    format: (value) => `${Math.round(value)} W`,
    top: none,
    leastTop: 100,
    ofGpu: true,
  },
];

/** The next of 1, 2 and 5 in its decade that is not below `value`: an axis that ends where people expect it. */
function niceTop(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => one * decade >= value * (1 - 1e-9)) ?? 10;
  return step * decade;
}

/** The upper end of a plot's axis. @param most the highest value that is shown; null when there is none */
export function axisTop(spec: PlotSpec, limits: SamplesView["limits"], most: number | null): number {
  const fixed = spec.top(limits);
  const least = Math.max(most ?? 0, spec.leastTop);
  if (fixed !== null && fixed > 0) return Math.max(fixed, most ?? 0);
  // Sizes go by powers of 1024, and so do their axes.
  const unit =
    least >= 1024 && spec.leastTop >= 1024 ? 1024 ** Math.floor(Math.log(least) / Math.log(1024)) : 1;
  return niceTop(least / unit) * unit;
}
