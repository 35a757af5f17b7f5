import type { SamplesView } from "./model";

/** Seconds between samples. */
export const sampleSeconds = 10;
/** How long samples are kept, in ms: what the plots show. */
export const samplesKeptMs = 60 * 60_000;
/** How many of a log's last lines are kept. */
export const logLines = 200;

const stepMs = sampleSeconds * 1_000;
/** One sample may be late or missing; over a longer silence a rate would say something of no moment at all. In ms. */
const longestStepMs = 2.5 * stepMs;

/** How long until the next full ten seconds, in ms; more than nothing. */
export function msToNextSlot(nowMs: number): number {
  return stepMs - (nowMs % stepMs);
}

/** How far before `since` a sample can lie that the first one after it needs, in ms. */
export const lookBackMs = longestStepMs;

/** Sums that only grow while their container lives. */
export interface Counters {
  readonly at: Date;
  readonly generation: number;
  /** The host's clock since its boot, in ms. */
  readonly hostMs: number;
  readonly cpuUs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface Rates {
  readonly cpus: number;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
}

/**
 * What was used between two samples, per second by the host's own clock, which nobody sets. Null across a silence, the
 * host's restart or a new container: a sum that begins anew says nothing about the time before.
 */
export function ratesBetween(before: Counters | undefined, after: Counters): Rates | null {
  if (before === undefined || before.generation !== after.generation) return null;
  const elapsedMs = after.hostMs - before.hostMs;
  if (elapsedMs <= 0 || after.at.getTime() - before.at.getTime() > longestStepMs) return null;
  const grown = {
    cpuUs: after.cpuUs - before.cpuUs,
    received: after.receivedBytes - before.receivedBytes,
    sent: after.sentBytes - before.sentBytes,
  };
  if (Object.values(grown).some((growth) => growth < 0)) return null;
  return {
    cpus: grown.cpuUs / (elapsedMs * 1_000),
    receivedBytesPerSecond: (grown.received * 1_000) / elapsedMs,
    sentBytesPerSecond: (grown.sent * 1_000) / elapsedMs,
  };
}

export interface Sample extends Counters {
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  readonly diskBytes: number | null;
  readonly diskQuotaBytes: number | null;
  readonly pids: number;
  readonly gpuPercent: number | null;
  readonly gpuMemoryMiB: number | null;
  readonly gpuCelsius: number | null;
  readonly gpuWatts: number | null;
}

/** Rates to a thousandth: more digits are noise and cost bytes. */
const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 1_000) / 1_000;

/**
 * Samples, oldest first, as the columns that plots take.
 * @param since leaves out what is not after it; the samples before serve the first rate
 */
export function toColumns(
  samples: readonly Sample[],
  limits: { cpus: number; gpuMemoryMiB: number },
  since?: Date,
): SamplesView {
  const last = samples.at(-1);
  const rows = samples
    .map((sample, index) => ({ sample, rates: ratesBetween(samples[index - 1], sample) }))
    .filter(({ sample }) => since === undefined || sample.at > since);
  const column = (of: (row: (typeof rows)[number]) => number | null | undefined) =>
    rows.map((row) => of(row) ?? null);
  return {
    stepSeconds: sampleSeconds,
    limits: {
      ...limits,
      memoryBytes: last?.memoryLimitBytes ?? null,
      diskBytes: last?.diskQuotaBytes ?? null,
    },
    at: rows.map(({ sample }) => sample.at.toISOString()),
    cpus: column(({ rates }) => rounded(rates?.cpus)),
    memoryBytes: column(({ sample }) => sample.memoryBytes),
    diskBytes: column(({ sample }) => sample.diskBytes),
    receivedBytesPerSecond: column(({ rates }) => rounded(rates?.receivedBytesPerSecond)),
    sentBytesPerSecond: column(({ rates }) => rounded(rates?.sentBytesPerSecond)),
    processes: column(({ sample }) => sample.pids),
    gpuPercent: column(({ sample }) => sample.gpuPercent),
    gpuMemoryMiB: column(({ sample }) => sample.gpuMemoryMiB),
    gpuCelsius: column(({ sample }) => sample.gpuCelsius),
    gpuWatts: column(({ sample }) => sample.gpuWatts),
  };
}
