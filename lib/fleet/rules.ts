import type { GpuState, GpuView } from "./model";

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
 * Whether a GPU is there for whoever launches first, now or once its session ends. One that is being drained or disabled
 * comes free for nobody, one whose hours are sold for who holds them now, and of one whose host does not answer nobody
 * knows.
 */
export function inService({
  mode,
  heldUntil,
  state,
  silent,
  free,
  holder,
}: Pick<GpuView, "mode" | "heldUntil" | "state" | "silent" | "free" | "holder">): boolean {
  return (
    (mode === "on-demand" || heldUntil !== null) &&
    state === "available" &&
    !silent &&
    (free || holder !== null)
  );
}

/** What is sold of a GPU. ms */
export const hourMs = 3_600_000;

/**
 * When hours of one GPU that follow each other without a gap end, from the one at `at` on; null when none of them is that.
 * @param begins when each begins, in order, the first no earlier than the hour at `at`
 */
export function runEnd(begins: readonly Date[], at: Date): Date | null {
  const [first, ...later] = begins.map((begin) => begin.getTime());
  if (first === undefined || first > at.getTime()) return null;
  return new Date(later.reduce((end, next) => (next === end ? end + hourMs : end), first + hourMs));
}

interface ServedGpu {
  readonly index: number;
  readonly node: string;
  readonly state: GpuState;
  readonly stateReason: string | null;
}

/** More of them would bury what stands beside them. */
const mostSentences = 3;

/**
 * What takes GPUs out of service, a sentence for each reason that an admin gave: "GPU 1 is draining: driver update on
 * Friday." Where they are of several hosts, each says of which.
 */
export function outOfServiceTexts(gpus: readonly ServedGpu[]): string[] {
  const out = gpus.filter(({ state }) => state !== "available");
  const named = new Set(gpus.map(({ node }) => node)).size > 1;
  const alike = new Map<string, ServedGpu[]>();
  for (const gpu of inOrder(out)) {
    const key = `${gpu.state}:${gpu.stateReason}`;
    alike.set(key, [...(alike.get(key) ?? []), gpu]);
  }
  const sentences = [...alike.values()].map((group) => outOfServiceText(group, named));
  const more = sentences.length - mostSentences;
  return more > 0 ? [...sentences.slice(0, mostSentences), "Others are out of service too."] : sentences;
}

const inOrder = (gpus: readonly ServedGpu[]) =>
  [...gpus].sort((a, b) => a.node.localeCompare(b.node, "en", { numeric: true }) || a.index - b.index);

function outOfServiceText(group: readonly ServedGpu[], named: boolean): string {
  const names = group.map(({ index, node }) => (named ? `${index} on ${node}` : String(index)));
  const [last, ...others] = [...names].reverse();
  const which = others.length === 0 ? `GPU ${last}` : `GPUs ${others.reverse().join(", ")} and ${last}`;
  const what = `${others.length === 0 ? "is" : "are"} ${group[0]?.state}`;
  const reason = group[0]?.stateReason?.replace(/[.\s]+$/, "");
  return `${which} ${what}${reason ? `: ${reason}.` : "."}`;
}
