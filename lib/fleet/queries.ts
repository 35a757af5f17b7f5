import { and, asc, eq, gt, inArray, isNotNull, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, nodes, packs, sessions, slots, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import type { Surface } from "@/lib/kernel/surface";
import { leaveSeconds } from "./leave-model";
import type { ForeignProcessView, GpuView, NodeView, PackView } from "./model";
import { hourMs, nodeReachable, nodeSilenceMs, runEnd } from "./rules";

/** `nodeReachable` for a statement that has `nodes` in it. */
export const reachableNode = sql`(${nodes.unreachableSince} is null and ${nodes.lastSeenAt} >= ${dbNowPlus(-nodeSilenceMs)})`;

/** @throws AppError `forbidden` */
function requireReader(actor: Actor): void {
  if (!can(actor, "fleet.read")) throw new AppError("forbidden", "You may not see the GPUs.");
}

/** @throws AppError `forbidden` for anyone but an admin */
function requireAdmin(actor: Actor): void {
  if (!can(actor, "fleet.inspect")) throw new AppError("forbidden", "This needs the admin role.");
}

const gpuColumns = {
  gpu: gpus,
  nodeName: nodes.name,
  lastSeenAt: nodes.lastSeenAt,
  unreachableSince: nodes.unreachableSince,
  slug: sessions.slug,
  exposure: sessions.exposure,
  endsAt: sessions.endsAt,
  holderId: users.id,
  username: users.username,
  now: dbNow,
};

async function gpuRows(db: DbOrTx, withAbsent: boolean) {
  return db
    .select(gpuColumns)
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(withAbsent ? undefined : or(eq(gpus.present, true), isNotNull(sessions.id)))
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

type GpuRow = Awaited<ReturnType<typeof gpuRows>>[number];

/** When the hours end that the actor holds now, by their GPUs' internal ids. */
async function heldBy(db: DbOrTx, { userId }: Actor, rows: readonly GpuRow[]): Promise<Map<number, Date>> {
  const sold = rows.filter(({ gpu }) => gpu.mode !== "on-demand").map(({ gpu }) => gpu.id);
  const [row] = rows;
  if (sold.length === 0 || row === undefined) return new Map();
  const hours = await db
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt })
    .from(slots)
    .where(
      and(
        eq(slots.userId, userId),
        inArray(slots.gpuId, sold),
        gt(slots.startsAt, new Date(row.now.getTime() - hourMs)),
      ),
    )
    .orderBy(asc(slots.startsAt));
  const ends = sold.flatMap((id) => {
    const begins = hours.filter(({ gpuId }) => gpuId === id).map(({ startsAt }) => startsAt);
    const end = runEnd(begins, row.now);
    return end === null ? [] : [[id, end] as const];
  });
  return new Map(ends);
}

/** `surface` null shows both surfaces' slugs. */
function toGpuView(
  row: GpuRow,
  actor: Actor,
  surface: Surface | null,
  held: ReadonlyMap<number, Date>,
): GpuView {
  const { gpu } = row;
  const heldUntil = held.get(gpu.id) ?? null;
  const goesOn = heldUntil !== null && heldUntil.getTime() - row.now.getTime() > leaveSeconds * 1000;
  const reachable = nodeReachable(row, row.now);
  const here = surface === null || row.exposure === surface;
  const maySeeSlug = here && can(actor, "session.read", { ownerId: row.holderId });
  return {
    id: gpu.publicId,
    uuid: gpu.uuid,
    index: gpu.deviceIndex,
    node: row.nodeName,
    model: gpu.model,
    memoryMiB: gpu.memoryMiB,
    simulated: gpu.simulated,
    state: gpu.state,
    stateReason: gpu.stateReason,
    mode: gpu.mode,
    rate:
      gpu.rate === null || gpu.rateCurrency === null
        ? null
        : { amount: textOf(gpu.rate), currency: gpu.rateCurrency },
    present: gpu.present,
    ...(reachable ? {} : { silent: true as const }),
    heldUntil: heldUntil?.toISOString() ?? null,
    free:
      (gpu.mode === "on-demand" || goesOn) &&
      gpu.state === "available" &&
      gpu.present &&
      row.slug === null &&
      reachable,
    holder:
      row.username === null
        ? null
        : {
            username: row.username,
            slug: maySeeSlug ? row.slug : null,
            until: row.endsAt?.toISOString() ?? null,
          },
    usage: gpu.usage,
  };
}

async function gpuViews(
  db: DbOrTx,
  actor: Actor,
  surface: Surface | null,
  rows: readonly GpuRow[],
): Promise<GpuView[]> {
  const held = await heldBy(db, actor, rows);
  return rows.map((row) => toGpuView(row, actor, surface, held));
}

/** Every GPU that is there or held, with who holds it; slugs only where the actor may see them and has a page of them. */
export async function listGpus(db: DbOrTx, actor: Actor, surface: Surface): Promise<GpuView[]> {
  requireReader(actor);
  return gpuViews(db, actor, surface, await gpuRows(db, false));
}

/** One GPU as `listAllGpus` shows it. @throws AppError `not_found`, `forbidden` */
export async function getGpu(db: DbOrTx, actor: Actor, publicId: string): Promise<GpuView> {
  const found = (await listAllGpus(db, actor)).find(({ id }) => id === publicId);
  if (!found) throw new AppError("not_found", `There is no GPU ${publicId}.`);
  return found;
}

/** Every GPU ever seen, absent ones too. For admins. */
export async function listAllGpus(db: DbOrTx, actor: Actor): Promise<GpuView[]> {
  requireAdmin(actor);
  return gpuViews(db, actor, null, await gpuRows(db, true));
}

/** Programs on GPUs that are not of the session that holds them, as the driver last listed them. For admins. */
export async function listForeignProcesses(db: DbOrTx, actor: Actor): Promise<ForeignProcessView[]> {
  requireAdmin(actor);
  return (await gpuRows(db, true)).flatMap(({ gpu, nodeName, slug, username }): ForeignProcessView[] => {
    if (gpu.processes === null) return [];
    const { sampledAt, processes } = gpu.processes;
    const { publicId: id, deviceIndex: index, simulated } = gpu;
    const holder = slug === null || username === null ? null : { slug, username };
    return processes
      .filter((process) => process.slug === null || process.slug !== slug)
      .map((process) => ({ ...process, gpu: { id, index, node: nodeName, simulated }, holder, sampledAt }));
  });
}

/** Every host as the worker last saw it. For admins. */
export async function listNodes(db: DbOrTx, actor: Actor): Promise<NodeView[]> {
  requireAdmin(actor);
  const rows = await db.select({ node: nodes, now: dbNow }).from(nodes).orderBy(asc(nodes.name));
  return rows.map(({ node, now }) => ({
    id: node.publicId,
    name: node.name,
    reachable: nodeReachable(node, now),
    condition: node.condition,
    lastSeenAt: node.lastSeenAt?.toISOString() ?? null,
    cpus: node.cpus,
    memoryBytes: node.memoryBytes,
    diskTotalBytes: node.diskTotalBytes,
    diskFreeBytes: node.diskFreeBytes,
  }));
}

/** The environments one can launch. */
export async function listPacks(db: DbOrTx, actor: Actor): Promise<PackView[]> {
  requireReader(actor);
  const rows = await db.select().from(packs).orderBy(asc(packs.id));
  return rows.map((pack) => ({
    id: pack.publicId,
    slug: pack.slug,
    name: pack.name,
    description: pack.description,
    cpus: pack.cpus,
    memoryMiB: pack.memoryMiB,
  }));
}

/** The host this worker's agent runs on, null before it first reported. */
export async function localNode(db: DbOrTx): Promise<{ id: number; name: string } | null> {
  const [row] = await db
    .select({ id: nodes.id, name: nodes.name })
    .from(nodes)
    .orderBy(asc(nodes.id))
    .limit(1);
  return row ?? null;
}
