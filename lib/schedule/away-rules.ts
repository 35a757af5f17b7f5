import { type NodeContact, silentSince } from "@/lib/fleet/rules";

/** Why nothing can start on a GPU, whatever its state says. */
export const awayReasons = ["gpu_absent", "host_silent"] as const;
export type AwayReason = (typeof awayReasons)[number];

/** A time in which nothing could start on a GPU. */
export interface Away {
  readonly why: AwayReason;
  readonly since: Date;
  /** Null while it goes on. */
  readonly until: Date | null;
}

/** What tells when a GPU was there for whoever has its hours. */
export interface Whereabouts extends NodeContact {
  /** Its host has it. */
  readonly present: boolean;
  /** Since when it has not; null where that was never seen. */
  readonly absentSince: Date | null;
  /** The last time that its host was silent and answered again. */
  readonly silentFrom: Date | null;
  readonly silentUntil: Date | null;
  /** Whether whoever has the hours has a session that runs on it: a silent host ends none, as far as anybody knows. */
  readonly occupied: boolean;
  /** When the hours were booked: what ended before was known then. */
  readonly bookedAt: Date;
}

/** When a GPU was away for whoever has its hours, as far as that is kept: what was first comes first. */
export function awayTimes(gpu: Whereabouts, now: Date): Away[] {
  const times: Away[] = gpu.occupied ? [] : silences(gpu, now);
  if (!gpu.present) times.push({ why: "gpu_absent", since: gpu.absentSince ?? new Date(0), until: null });
  return times.sort((a, b) => a.since.getTime() - b.since.getTime());
}

/** The last silence that is over, and the one that goes on. */
function silences(gpu: Whereabouts, now: Date): Away[] {
  const times: Away[] = [];
  const { silentFrom, silentUntil, bookedAt } = gpu;
  if (silentFrom !== null && silentUntil !== null && bookedAt < silentUntil)
    times.push({ why: "host_silent", since: silentFrom, until: silentUntil });
  const since = silentSince(gpu, now);
  if (since !== null) times.push({ why: "host_silent", since, until: null });
  return times;
}

/** Whether nothing can start on it now. */
export const isAway = (times: readonly Away[]): boolean => times.some(({ until }) => until === null);

/** So long from an hour's beginning a GPU is waited for: a driver that is loaded anew or a host's restart takes less. ms */
const waitMs = 10 * 60_000;

/**
 * The time for which an hour that has begun is missed, by what is known as it is looked at: its GPU is away since before it
 * began, or was until it was waited for no longer. Null where it was had, and is paid.
 */
export function missedFor(hour: Date, times: readonly Away[]): Away | null {
  const waitedUntil = new Date(hour.getTime() + waitMs);
  const misses = ({ since, until }: Away) => since <= hour && (until === null || until >= waitedUntil);
  return times.find(misses) ?? null;
}

/** Whether an hour that is missed can still be had: from then on it is lost, and not charged. */
export function isAwaited(hour: Date, now: Date): boolean {
  return now.getTime() - hour.getTime() < waitMs;
}

/** Whether an hour that has begun is awaited or lost: nothing is taken for it, whatever its owner does. */
export function isMissed(hour: Date, times: readonly Away[], now: Date): boolean {
  return hour <= now && missedFor(hour, times) !== null;
}
