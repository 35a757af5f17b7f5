import { and, asc, eq, isNotNull, notInArray, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, installation, nodes } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { notifyAdmins, wasAnyoneTold } from "@/lib/notices/notify";
import type { GpuProcess, GpuUsage } from "./model";
import { localNode } from "./queries";
import { nodeSilenceMs } from "./rules";

/** Makes the installation's id on first use. Safe to race. */
export async function ensureInstallation(db: Db): Promise<string> {
  await db
    .insert(installation)
    .ignore()
    .values({ id: 1, publicId: newPublicId("ins"), createdAt: dbNow });
  const [row] = await db.select().from(installation).where(eq(installation.id, 1));
  return required(row, "the installation row that was just made").publicId;
}

interface NodeRef {
  readonly id: number;
  readonly name: string;
}

/** The host this worker's agent runs on: the first node, made when there is none, renamed when the host was. */
export async function ensureLocalNode(db: Db, hostname: string): Promise<NodeRef> {
  const name = hostname.slice(0, 64);
  const known = await localNode(db);
  if (known && known.name === name) return known;
  if (known) {
    await db.update(nodes).set({ name }).where(eq(nodes.id, known.id));
    return { id: known.id, name };
  }
  await db
    .insert(nodes)
    .ignore()
    .values({ publicId: newPublicId("nod"), name, createdAt: dbNow });
  return required(await localNode(db), "the node row that was just made");
}

interface HealthReport {
  readonly bootId: string;
  readonly engineStartedAt: Date | null;
  /** Sentences for the operator; empty means well. */
  readonly problems: readonly string[];
}

/** The host answered: remembers when, its boot and its problems. Tells live pages when it had been unreachable. */
export async function recordHealth(db: Db, nodeId: number, health: HealthReport): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [before] = await tx
      .select({
        publicId: nodes.publicId,
        name: nodes.name,
        since: nodes.unreachableSince,
        seen: nodes.lastSeenAt,
      })
      .from(nodes)
      .where(eq(nodes.id, nodeId));
    await tx
      .update(nodes)
      .set({
        bootId: health.bootId,
        engineStartedAt: health.engineStartedAt,
        lastSeenAt: dbNow,
        unreachableSince: null,
        condition: health.problems.join(" ").slice(0, 500) || null,
      })
      .where(eq(nodes.id, nodeId));
    if (before?.since || !before?.seen) await recordChange(tx, { userId: null, topic: "gpus" });
    if (before?.since) await tellBack(tx, { ...before, since: before.since });
  });
}

interface Silence {
  readonly publicId: string;
  readonly name: string;
  readonly since: Date;
}

/** One silence is one event, whoever notices it. */
const silenceKey = (kind: "node_unreachable" | "node_back", { publicId, since }: Silence): string =>
  `${kind}:${publicId}:${since.toISOString()}`;

/** Only who heard of the silence needs to hear of its end. */
async function tellBack(tx: Tx, silence: Silence): Promise<void> {
  if (!(await wasAnyoneTold(tx, silenceKey("node_unreachable", silence)))) return;
  const content = { kind: "node_back", node: silence.name, since: silence.since.toISOString() } as const;
  await notifyAdmins(tx, content, silenceKey("node_back", silence));
}

/** Tells the admins of a host once it has been silent for a while: an agent that is restarted is no news. */
async function tellSilence(tx: Tx, nodeId: number): Promise<void> {
  const [node] = await tx
    .select({ publicId: nodes.publicId, name: nodes.name, since: nodes.unreachableSince, now: dbNow })
    .from(nodes)
    .where(eq(nodes.id, nodeId));
  if (!node?.since || node.now.getTime() - node.since.getTime() < nodeSilenceMs) return;
  const silence = { ...node, since: node.since };
  const content = { kind: "node_unreachable", node: node.name, since: node.since.toISOString() } as const;
  await notifyAdmins(tx, content, silenceKey("node_unreachable", silence));
}

/** A host that was heard of within this time may have missed a single question. In ms. */
const missedAnswerMs = 15_000;

/**
 * The host did not answer: since when, and why. Nothing else changes; silence never kills a session.
 * @param certain false for a first failure, which counts only when the host has been silent for 15 s already
 * @returns whether the host counts as unreachable
 */
export function recordUnreachable(
  db: Db,
  nodeId: number,
  cause: { condition: string; certain: boolean },
): Promise<boolean> {
  const condition = cause.condition.slice(0, 500);
  return inTransaction(db, async (tx) => {
    const [node] = await tx
      .select({
        since: nodes.unreachableSince,
        condition: nodes.condition,
        silent: sql`coalesce(${nodes.lastSeenAt} < ${dbNowPlus(-missedAnswerMs)}, true)`.mapWith(Boolean),
      })
      .from(nodes)
      .where(eq(nodes.id, nodeId))
      .for("update");
    if (!node || !(cause.certain || node.silent || node.since)) return false;
    if (!node.since || node.condition !== condition) {
      await tx
        .update(nodes)
        .set({ unreachableSince: node.since ?? dbNow, condition })
        .where(eq(nodes.id, nodeId));
      await recordChange(tx, { userId: null, topic: "gpus" });
    }
    await tellSilence(tx, nodeId);
    return true;
  });
}

interface InventoryReport {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskTotalBytes: number;
  readonly diskFreeBytes: number;
  readonly hostCaPublicKey: string;
  readonly gpus: readonly {
    readonly index: number;
    readonly uuid: string;
    readonly model: string;
    readonly memoryMiB: number;
    readonly simulated: boolean;
  }[];
}

/** Brings node and GPU rows in line with the host. A GPU that is gone keeps its row, as absent. */
export async function recordInventory(db: Db, nodeId: number, report: InventoryReport): Promise<void> {
  await inTransaction(db, async (tx) => {
    // GPUs before the node: a launch locks a GPU first and touches the node through its foreign key.
    const before = await tx
      .select()
      .from(gpus)
      .where(eq(gpus.nodeId, nodeId))
      .orderBy(asc(gpus.id))
      .for("update");
    const changed = [];
    for (const gpu of report.gpus) {
      const old = before.find((row) => row.uuid === gpu.uuid);
      if (old && sameGpu(old, gpu)) continue;
      changed.push(gpu.uuid);
      await upsertGpu(tx, nodeId, gpu);
    }
    const absent = await markAbsent(
      tx,
      nodeId,
      report.gpus.map((gpu) => gpu.uuid),
    );
    await tx
      .update(nodes)
      .set({
        cpus: report.cpus,
        memoryBytes: report.memoryBytes,
        diskTotalBytes: report.diskTotalBytes,
        diskFreeBytes: report.diskFreeBytes,
        hostCaPublicKey: report.hostCaPublicKey,
      })
      .where(eq(nodes.id, nodeId));
    if (changed.length > 0 || absent > 0) await recordChange(tx, { userId: null, topic: "gpus" });
  });
}

type GpuReport = InventoryReport["gpus"][number];

function sameGpu(old: typeof gpus.$inferSelect, gpu: GpuReport): boolean {
  return (
    old.present &&
    old.deviceIndex === gpu.index &&
    old.model === gpu.model &&
    old.memoryMiB === gpu.memoryMiB &&
    old.simulated === gpu.simulated
  );
}

async function upsertGpu(tx: Tx, nodeId: number, gpu: GpuReport): Promise<void> {
  const facts = {
    nodeId,
    deviceIndex: gpu.index,
    model: gpu.model.slice(0, 100),
    memoryMiB: gpu.memoryMiB,
    simulated: gpu.simulated,
    present: true,
    absentSince: null,
  };
  await tx
    .insert(gpus)
    .values({ publicId: newPublicId("gpu"), uuid: gpu.uuid, createdAt: dbNow, ...facts })
    .onDuplicateKeyUpdate({ set: facts });
}

async function markAbsent(tx: Tx, nodeId: number, uuids: string[]): Promise<number> {
  const [result] = await tx
    .update(gpus)
    .set({ present: false, absentSince: dbNow, usage: sql`null`, processes: sql`null` })
    .where(
      and(
        eq(gpus.nodeId, nodeId),
        eq(gpus.present, true),
        uuids.length > 0 ? notInArray(gpus.uuid, uuids) : isNotNull(gpus.uuid),
      ),
    );
  return result.affectedRows;
}

/** Stores the latest sample of each GPU. */
export async function recordUsage(
  db: Db,
  nodeId: number,
  samples: readonly { uuid: string; usage: GpuUsage }[],
): Promise<void> {
  if (samples.length === 0) return;
  await inTransaction(db, async (tx) => {
    for (const { uuid, usage } of samples) {
      await tx
        .update(gpus)
        .set({ usage })
        .where(and(eq(gpus.uuid, uuid), eq(gpus.nodeId, nodeId)));
    }
  });
}

/** Stores which programs are on each GPU of a node; those without any have an empty list. */
export async function recordGpuProcesses(
  db: Db,
  nodeId: number,
  sample: { sampledAt: string; processes: readonly ({ gpuUuid: string } & GpuProcess)[] },
): Promise<void> {
  const present = await db
    .select({ id: gpus.id, uuid: gpus.uuid })
    .from(gpus)
    .where(and(eq(gpus.nodeId, nodeId), eq(gpus.present, true)));
  for (const { id, uuid } of present) {
    const processes = sample.processes
      .filter(({ gpuUuid }) => gpuUuid === uuid)
      .map(({ gpuUuid: _, ...process }) => process);
    await db
      .update(gpus)
      .set({ processes: { sampledAt: sample.sampledAt, processes } })
      .where(eq(gpus.id, id));
  }
}
