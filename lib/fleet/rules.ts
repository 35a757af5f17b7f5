/** Silence longer than this means that nobody talks to the host: the worker asks every 5 s. In ms. */
export const nodeSilenceMs = 60_000;

interface NodeContact {
  readonly lastSeenAt: Date | null;
  readonly unreachableSince: Date | null;
}

/** Whether the host answered lately enough to start something on it. */
export function nodeReachable(node: NodeContact, now: Date): boolean {
  if (node.unreachableSince !== null || node.lastSeenAt === null) return false;
  return now.getTime() - node.lastSeenAt.getTime() <= nodeSilenceMs;
}

/** "15:00 UTC", with the date when it is not within the next 24 hours. */
export function utcTime(at: Date, now: Date): string {
  const iso = at.toISOString();
  const distanceMs = Math.abs(at.getTime() - now.getTime());
  const time = `${iso.slice(11, 16)} UTC`;
  return distanceMs < 86_400_000 ? time : `${iso.slice(0, 10)} ${time}`;
}
