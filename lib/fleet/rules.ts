import type { GpuView } from "./model";

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

/**
 * Whether a GPU is there for somebody new, now or once its session ends. One that is being drained or disabled comes free
 * for nobody, and of one whose host does not answer nobody knows.
 */
export function inService({
  state,
  silent,
  free,
  holder,
}: Pick<GpuView, "state" | "silent" | "free" | "holder">): boolean {
  return state === "available" && !silent && (free || holder !== null);
}
