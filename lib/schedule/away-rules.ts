/** Why nothing can start on a GPU, whatever its state says. */
export const awayReasons = ["gpu_absent", "host_silent"] as const;
export type AwayReason = (typeof awayReasons)[number];

/** A GPU on which nothing can start, and since when. */
export interface Away {
  readonly why: AwayReason;
  readonly since: Date;
}

export interface Whereabouts {
  /** Its host has it. */
  readonly present: boolean;
  /** Since when it has not; null where that was never seen. */
  readonly absentSince: Date | null;
  /** Since when its host does not answer; null while it does. */
  readonly unreachableSince: Date | null;
  /** Whether whoever has the hour has a session that runs on it: a silent host ends none, as far as anybody knows. */
  readonly occupied: boolean;
}

/** Whether a GPU is away for whoever has its hours, and since when; null where it is there. */
export function awayOf({ present, absentSince, unreachableSince, occupied }: Whereabouts): Away | null {
  const absent: Away | null = present ? null : { why: "gpu_absent", since: absentSince ?? new Date(0) };
  const silent: Away | null =
    unreachableSince === null || occupied ? null : { why: "host_silent", since: unreachableSince };
  if (absent === null || silent === null) return absent ?? silent;
  return silent.since < absent.since ? silent : absent;
}

/** So long from an hour's beginning a GPU is waited for: a driver that is loaded anew or a host's restart takes less. ms */
const waitMs = 10 * 60_000;

/** Whether the GPU was away when an hour began, and has been ever since. */
export function missedBeginning(hour: Date, away: Away | null): away is Away {
  return away !== null && away.since <= hour;
}

/** Whether an hour that has begun is awaited or lost: nothing is taken for it, whatever its owner does. */
export function isMissed(hour: Date, away: Away | null, now: Date): boolean {
  return hour <= now && missedBeginning(hour, away);
}

/**
 * What an hour that has begun is, by what is known as it is looked at: `had`, and paid, unless its GPU is known to be away
 * since before it began; then `awaited` for ten minutes, and `lost`, and not charged, from then on.
 */
export function hourState(hour: Date, away: Away | null, now: Date): "had" | "awaited" | "lost" {
  if (!missedBeginning(hour, away)) return "had";
  return now.getTime() - hour.getTime() < waitMs ? "awaited" : "lost";
}
