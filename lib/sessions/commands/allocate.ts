import { and, asc, desc, eq, ne, notInArray, type SQL, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, sessions } from "@/db/schema";
import { violatedKey } from "@/db/tx";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import { reachableNode } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newSlug } from "@/lib/kernel/ids";
import { heldUntil, holdsNow, openTo } from "@/lib/schedule/queries/holder";
import type { Exposure } from "@/lib/workspaces/model";
import type { WorkspaceRow } from "@/lib/workspaces/queries";
import { explainNoGpu, type WantedGpu } from "./explain";
import { freePorts } from "./ports";

export interface Allocation {
  readonly exposure: Exposure;
  readonly packId: number;
  readonly workspace: WorkspaceRow;
  readonly ttlMinutes: number | null;
  readonly wanted: WantedGpu;
}

interface Allocated {
  readonly id: number;
  readonly slug: string;
  readonly sshPort: number;
  readonly gpuPublicId: string;
  /** "GPU 0 (A100)". */
  readonly gpuLabel: string;
}

/** Enough for every GPU and port of a host to be lost to a race in turn; beyond it something else is wrong. */
const maxCollisions = 50;

/** What a GPU must be for this wish, apart from being free and open to whoever wishes it. */
function matches(wanted: WantedGpu) {
  return and(
    eq(gpus.state, "available"),
    eq(gpus.present, true),
    wanted.gpuId === undefined ? undefined : eq(gpus.publicId, wanted.gpuId),
    wanted.gpuModel === undefined ? undefined : eq(gpus.model, wanted.gpuModel),
  );
}

/** Nothing starts in the last minute of hours that are held. ms */
const leaveMs = leaveSeconds * 1000;

const unheld = sql`not exists (select 1 from ${sessions} where ${sessions.activeGpuId} = ${gpus.id})`;

/**
 * The reachable host with most free GPUs that fit, for a workspace that doesn't exist yet.
 * @throws AppError `conflict` that says what holds them when none is free
 */
export async function roomiestNode(tx: Tx, wanted: WantedGpu): Promise<number> {
  const [node] = await tx
    .select({ id: gpus.nodeId })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(and(matches(wanted), openTo(wanted.userId, leaveMs), reachableNode, unheld))
    .groupBy(gpus.nodeId)
    // Hours that were paid for come first.
    .orderBy(desc(sql`max(${gpus.mode} <> 'on-demand')`), desc(sql`count(*)`), asc(gpus.nodeId))
    .limit(1);
  if (node) return node.id;
  throw await explainNoGpu(tx, wanted, undefined);
}

/**
 * Gives the session its GPU and port on the workspace's host. The unique keys on the active session's GPU, port and
 * workspace are what makes this right under concurrency; a duplicate means the next candidate.
 * @throws AppError `conflict` that says what holds the GPUs
 */
export async function allocate(tx: Tx, wish: Allocation): Promise<Allocated> {
  const { nodeId } = wish.workspace;
  const ports = (await freePorts(tx, nodeId))[Symbol.iterator]();
  let port = nextPort(ports);
  const lost: number[] = [];
  let gpu = await pickGpu(tx, nodeId, wish.wanted, lost);
  for (let collisions = 0; collisions < maxCollisions; collisions++) {
    const held = await hoursOn(tx, gpu, wish.wanted.userId);
    const key = await tryInsert(tx, wish, { gpuId: gpu.id, heldUntil: held, sshPort: port });
    if (typeof key === "object") {
      const gpuLabel = `GPU ${gpu.deviceIndex} (${gpu.model})`;
      return { ...key, sshPort: port, gpuPublicId: gpu.publicId, gpuLabel };
    }
    if (key === "sessions_active_port") port = nextPort(ports);
    else if (key === "sessions_active_gpu") {
      lost.push(gpu.id);
      gpu = await pickGpu(tx, nodeId, wish.wanted, lost);
    } else if (key !== "sessions_slug") {
      throw new AppError(
        "conflict",
        `Workspace "${wish.workspace.name}" was taken by another session just now.`,
        { conflict: "in_use" },
      );
    }
  }
  throw new AppError("conflict", "Too many people launched at once. Try again.", {
    retryAfterSeconds: 1,
    conflict: "changed_meanwhile",
  });
}

function nextPort(ports: Iterator<number>): number {
  const next = ports.next();
  if (!next.done) return next.value;
  throw new AppError(
    "conflict",
    "Every SSH port of the host is in use. Try again when a session has ended.",
    { conflict: "in_use" },
  );
}

type LockConfig = { skipLocked: true } | { skipLocked?: never };
type GpuRow = Pick<typeof gpus.$inferSelect, "id" | "publicId" | "deviceIndex" | "model" | "mode"> & {
  readonly now: Date;
};

/** A GPU whose hour the launcher holds, if there is one to be had, or else one for whoever comes first. */
async function pickGpu(tx: Tx, nodeId: number, wanted: WantedGpu, lost: number[]): Promise<GpuRow> {
  // Looked at without a lock first: few hold an hour, and the others should wait for nobody on their account.
  const own = and(ne(gpus.mode, "on-demand"), holdsNow(wanted.userId, leaveMs), matches(wanted));
  const [held] = await tx
    .select({ id: gpus.id })
    .from(gpus)
    .where(and(eq(gpus.nodeId, nodeId), own, unheld))
    .limit(1);
  const gpu =
    (held && (await lockGpu(tx, nodeId, own, lost))) ??
    (await lockGpu(tx, nodeId, and(eq(gpus.mode, "on-demand"), matches(wanted)), lost));
  if (gpu) return gpu;
  throw await explainNoGpu(tx, wanted, nodeId);
}

/**
 * Locks a free GPU: first one that nobody has locked; when there is none, once more waiting for locks, since a locked
 * row may only have been looked at.
 */
async function lockGpu(
  tx: Tx,
  nodeId: number,
  fits: SQL | undefined,
  lost: number[],
): Promise<GpuRow | undefined> {
  const attempts: LockConfig[] = [{ skipLocked: true }, {}];
  for (const lock of attempts) {
    const [gpu] = await tx
      .select({
        id: gpus.id,
        publicId: gpus.publicId,
        deviceIndex: gpus.deviceIndex,
        model: gpus.model,
        mode: gpus.mode,
        now: dbNow,
      })
      .from(gpus)
      .where(
        and(
          eq(gpus.nodeId, nodeId),
          fits,
          sql`exists (select 1 from ${nodes} where ${nodes.id} = ${gpus.nodeId} and ${reachableNode})`,
          unheld,
          lost.length > 0 ? notInArray(gpus.id, lost) : undefined,
        ),
      )
      .orderBy(asc(gpus.deviceIndex))
      .limit(1)
      .for("update", lock);
    if (gpu) return gpu;
  }
  return undefined;
}

/** When the launcher's hours end on a GPU that was picked and is locked; null where none are sold. */
async function hoursOn(tx: Tx, { id, mode, now }: GpuRow, userId: number): Promise<Date | null> {
  if (mode === "on-demand") return null;
  return required(await heldUntil(tx, id, userId, now), "the hour that the pick found");
}

/** The new row's id and slug, or the name of the unique key that stood in the way. */
async function tryInsert(
  tx: Tx,
  wish: Allocation,
  given: Pick<typeof sessions.$inferInsert, "gpuId" | "sshPort"> & { readonly heldUntil: Date | null },
): Promise<{ id: number; slug: string } | string> {
  const slug = newSlug();
  try {
    const [result] = await tx.insert(sessions).values({
      slug,
      ...given,
      needsHeldHours: given.heldUntil !== null,
      userId: wish.wanted.userId,
      nodeId: wish.workspace.nodeId,
      packId: wish.packId,
      workspaceId: wish.workspace.id,
      exposure: wish.exposure,
      state: "STARTING",
      workspaceGeneration: wish.workspace.generation,
      ttlMinutes: wish.ttlMinutes,
      createdAt: dbNow,
      nextAttemptAt: dbNow,
    });
    return { id: result.insertId, slug };
  } catch (error) {
    return required(violatedKey(error) ?? rethrow(error), "the violated key");
  }
}

function rethrow(error: unknown): never {
  throw error;
}
