import { slotMs } from "./rules";

/** An hour of a GPU, by the GPU's public id. */
export interface GpuHour {
  readonly gpuId: string;
  readonly startsAt: Date;
}

/** More in one entry would make a page of the audit log megabytes: who takes every other hour of a week has thousands. */
const mostListed = 200;

export interface Stretches {
  /** By GPU, each stretch without a gap as an interval of ISO 8601: the first ones of every GPU. */
  readonly hours: Record<string, string[]>;
  /** How many hours lie in stretches beyond those. */
  readonly unlisted: number;
}

/** Which hours of which GPUs, for the audit: of very many a part, in which each GPU has its share. */
export function stretchesOf(hours: readonly GpuHour[]): Stretches {
  const begins = new Map<string, number[]>();
  for (const { gpuId, startsAt } of hours) {
    const ofIt = begins.get(gpuId) ?? [];
    ofIt.push(startsAt.getTime());
    begins.set(gpuId, ofIt);
  }
  const most = Math.max(1, Math.floor(mostListed / begins.size));
  const runs = [...begins].map(([gpuId, ofIt]) => ({ gpuId, all: runsOf(ofIt.sort((a, b) => a - b)) }));
  const listed = runs.map(({ gpuId, all }) => [gpuId, all.slice(0, most).map(intervalText)] as const);
  const left = runs.flatMap(({ all }) => all.slice(most));
  const unlisted = left.reduce((sum, { from, to }) => sum + (to - from) / slotMs, 0);
  return { hours: Object.fromEntries(listed), unlisted };
}

interface Run {
  readonly from: number;
  readonly to: number;
}

/** @param inOrder beginnings of one GPU's hours */
function runsOf(inOrder: readonly number[]): Run[] {
  const first = inOrder.filter((at, index) => at !== (inOrder[index - 1] ?? 0) + slotMs);
  const last = inOrder.filter((at, index) => at + slotMs !== inOrder[index + 1]);
  return first.map((from, index) => ({ from, to: (last[index] ?? from) + slotMs }));
}

const instantText = (at: number): string => new Date(at).toISOString().replace(/:00\.000Z$/, "Z");
const intervalText = ({ from, to }: Run): string => `${instantText(from)}/${instantText(to)}`;
