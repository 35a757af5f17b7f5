import { asc, eq, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, sessions, users } from "@/db/schema";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import { nodeReachable, outOfServiceTexts } from "@/lib/fleet/rules";
import { AppError } from "@/lib/kernel/errors";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { heldUntil, holdersNow, nextHourOf, openTo } from "@/lib/schedule/queries/holder";

export interface WantedGpu {
  /** Whose wish it is, by internal id. */
  readonly userId: number;
  readonly gpuId: string | undefined;
  readonly gpuModel: string | undefined;
  /** Of the times in a refusal. */
  readonly zone: string;
}

/** "you" for whoever wishes: the name of a GPU's holder, in a sentence for them. */
function holderName(userId: number) {
  return sql<string | null>`if(${eq(users.id, userId)}, 'you', ${users.username})`;
}

/** In an order of their own, or a refusal would read differently each time. */
async function gpuFacts(tx: Tx, userId: number) {
  return tx
    .select({
      key: gpus.id,
      id: gpus.publicId,
      index: gpus.deviceIndex,
      model: gpus.model,
      state: gpus.state,
      stateReason: gpus.stateReason,
      mode: gpus.mode,
      present: gpus.present,
      node: nodes.name,
      nodeId: nodes.id,
      lastSeenAt: nodes.lastSeenAt,
      unreachableSince: nodes.unreachableSince,
      holder: holderName(userId),
      stopsAt: sessions.endsAt,
      /** Whoever wishes may launch on it, were it free. */
      open: openTo(userId, leaveSeconds * 1000).mapWith(Boolean),
      now: dbNow,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(eq(gpus.present, true))
    .orderBy(asc(sessions.endsAt), asc(nodes.name), asc(gpus.deviceIndex));
}

type GpuFacts = Awaited<ReturnType<typeof gpuFacts>>[number];

/**
 * Why no GPU could be had, as an error to throw. Names holders and times, which everyone sees on the GPU list anyway; never
 * a slug or a workspace.
 */
export async function explainNoGpu(tx: Tx, wanted: WantedGpu, nodeId: number | undefined): Promise<AppError> {
  const all = await gpuFacts(tx, wanted.userId);
  const fitting = all.filter(
    (gpu) =>
      (wanted.gpuId === undefined || gpu.id === wanted.gpuId) &&
      // As the database compares them when it picks one.
      (wanted.gpuModel === undefined || gpu.model.toLowerCase() === wanted.gpuModel.toLowerCase()),
  );
  if (fitting.length === 0) return noSuchGpu(wanted, all);
  const local = nodeId === undefined ? fitting : fitting.filter((gpu) => gpu.nodeId === nodeId);
  if (local.length === 0) {
    return noGpu("That GPU is on another host than the workspace. Choose another.");
  }
  const open = local.filter((gpu) => gpu.open);
  if (open.length === 0) return noGpu(await soldByTheHour(tx, local, wanted));
  const usable = open.filter((gpu) => nodeReachable(gpu, gpu.now) && gpu.state === "available");
  if (usable.length === 0) return noGpu(unusable(open, wanted.zone));
  if (usable.some((gpu) => gpu.holder === null)) {
    return noGpu("A GPU became free just now. Try again.", { retryAfterSeconds: 1 });
  }
  const others = open.filter((gpu) => !usable.includes(gpu));
  const why = others.length === 0 ? inUse(usable, local, wanted) : noneFree(usable, others, wanted.zone);
  const sold = local.filter((gpu) => !gpu.open);
  return noGpu(sold.length === 0 ? why : `${why} ${await soldByTheHour(tx, sold, wanted, "other")}`);
}

function noGpu(message: string, options: { retryAfterSeconds?: number } = {}): AppError {
  return new AppError("conflict", message, { ...options, conflict: "no_gpu" });
}

function noSuchGpu(wanted: WantedGpu, all: GpuFacts[]): AppError {
  if (wanted.gpuId) return new AppError("not_found", `No GPU ${wanted.gpuId}.`);
  if (all.length === 0) return noGpu("This installation has no GPU yet.");
  const models = [...new Set(all.map((gpu) => gpu.model))].join(", ");
  return noGpu(`No GPU is a "${wanted.gpuModel}". There are: ${models}.`);
}

/** Of GPUs whose hours are sold, none of which is the launcher's now: whose it is, until when, and when theirs comes. */
async function soldByTheHour(
  tx: Tx,
  local: readonly GpuFacts[],
  { userId, zone }: WantedGpu,
  which: "all" | "other" = "all",
): Promise<string> {
  const keys = local.map(({ key }) => key);
  const holders = await holdersNow(tx, keys);
  const next = await nextHourOf(tx, keys, userId);
  const [only] = local;
  if (local.length === 1 && only) {
    const holder = holders.get(only.key);
    const until = holder ? await heldUntil(tx, only.key, holder.id, only.now) : null;
    const mine = next ? `Your next hour of it begins at ${absoluteText(next.startsAt, only.now, zone)}.` : "";
    const text = (at: Date) => absoluteText(at, only.now, zone);
    return [oneSold(only, holder?.id === userId ? "you" : holder?.username, until && text(until)), mine]
      .filter(Boolean)
      .join(" ");
  }
  return `${whichSold(local, which)} ${howMissing(local, holders, next, zone)}`.trimEnd();
}

/** "GPU 0 (A100) is auctioned by the hour, and ana holds it until 15:00 EST." */
function oneSold(gpu: GpuFacts, holder: string | undefined, until: string | null): string {
  const name = `GPU ${gpu.index} (${gpu.model})`;
  if (holder === "you")
    return `Your hours of ${name} end at ${until}, and nothing starts in the last minute before.`;
  const sold = `${name} is ${howSold([gpu])}`;
  if (holder !== undefined) return `${sold}, and ${holder} holds it until ${until}.`;
  return `${sold}, and nobody holds this one: ${howHad(gpu)}.`;
}

function whichSold(local: readonly GpuFacts[], which: "all" | "other"): string {
  if (which === "other") return `The other ${local.length} GPUs are ${howSold(local)}.`;
  return `All ${local.length} GPUs are ${howSold(local)}, none to whoever comes first.`;
}

/** "Your next hour begins at 15:00 EST on GPU 1. Nobody holds GPU 0 this hour: take it for 1 credit under GPU time." */
function howMissing(
  local: readonly GpuFacts[],
  holders: ReadonlyMap<number, unknown>,
  next: { gpuId: number; startsAt: Date } | null,
  zone: string,
): string {
  const mine = local.find(({ key }) => key === next?.gpuId);
  const unsold = local.filter(
    ({ key, mode, state }) => mode !== "on-demand" && state === "available" && !holders.has(key),
  );
  // One of each kind: they are had in different ways.
  const offered = unsold.filter((gpu, place) => unsold.findIndex(({ mode }) => mode === gpu.mode) === place);
  return [
    mine && next
      ? `Your next hour begins at ${absoluteText(next.startsAt, mine.now, zone)} on GPU ${mine.index}.`
      : "",
    ...offered.map((gpu) => `Nobody holds GPU ${gpu.index} this hour: ${howHad(gpu)}.`),
  ]
    .filter(Boolean)
    .join(" ");
}

function howHad({ mode }: GpuFacts): string {
  return mode === "auction" ? "take it for 1 credit under GPU time" : "book it under GPU time";
}

function howSold(local: readonly GpuFacts[]): string {
  return local.every(({ mode }) => mode === "auction") ? "auctioned by the hour" : "given out by the hour";
}

function unusable(local: GpuFacts[], zone: string): string {
  const silent = local.find((gpu) => !nodeReachable(gpu, gpu.now));
  if (silent) {
    const since = silent.unreachableSince ?? silent.lastSeenAt;
    const when = since ? ` since ${absoluteText(since, silent.now, zone)}` : " yet";
    return `The GPU host ${silent.node} has not answered${when}, so nothing can start on it. Try again later.`;
  }
  const why = outOfServiceTexts(local).join(" ");
  if (local.length === 1) return `${why} Choose another.`;
  return `All ${local.length} GPUs are out of service for now. ${why}`;
}

/** "All 2 GPUs are in use; the next is free at 15:00 EST (ana)." */
function inUse(usable: readonly GpuFacts[], local: readonly GpuFacts[], wanted: WantedGpu): string {
  const next = usable.find((gpu) => gpu.stopsAt !== null);
  const [only] = usable;
  if (usable.length === 1 && only) {
    // It is the only one of those that were asked for, or of a lab.
    const named = wanted.gpuId !== undefined || local.length > 1;
    const what = named ? `GPU ${only.index} (${only.model})` : `The only ${only.model}`;
    const until = only.stopsAt
      ? ` until ${absoluteText(only.stopsAt, only.now, wanted.zone)}`
      : ", without a time limit";
    return `${what} is in use by ${only.holder ?? "someone"}${until}.`;
  }
  const all = local.length > usable.length ? "" : "All ";
  const what = `${all}${usable.length} ${wanted.gpuModel ? `${wanted.gpuModel} GPUs` : "GPUs"} are in use`;
  if (next?.stopsAt) {
    return `${what}; the next is free at ${absoluteText(next.stopsAt, next.now, wanted.zone)} (${next.holder}).`;
  }
  return `${what}, none with a time limit. Try again when someone stops a session.`;
}

/** "No GPU is free: 1 in use, 1 draining. GPU 1 is draining: new fans. The next is free at 15:00 EST (ana)." */
function noneFree(usable: GpuFacts[], others: GpuFacts[], zone: string): string {
  const counts = [
    [usable.length, "in use"],
    [others.filter(({ state }) => state === "draining").length, "draining"],
    [others.filter(({ state }) => state === "disabled").length, "disabled"],
    [others.filter(({ state }) => state === "available").length, "on a host that does not answer"],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const next = usable.find((gpu) => gpu.stopsAt !== null);
  const then = next?.stopsAt
    ? `The next is free at ${absoluteText(next.stopsAt, next.now, zone)} (${next.holder}).`
    : "None in use has a time limit. Try again when someone stops a session.";
  return [`No GPU is free: ${said.join(", ")}.`, ...outOfServiceTexts([...usable, ...others]), then].join(
    " ",
  );
}
