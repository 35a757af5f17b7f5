import { and, asc, count, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { operations, snapshots, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { fullness } from "@/lib/kernel/fullness";
import { notify, rearm } from "@/lib/notices/notify";
import type { SnapshotReason } from "./model";
import { fillingOf, toldAgainAfterMs } from "./rules";

export interface TakenSnapshot {
  readonly snapshotId: string;
  readonly datasetGeneration: number;
  readonly usedBytes: number;
  readonly referencedBytes: number;
  readonly createdAt: string;
}

/**
 * Adds a snapshot's row. One that is there already, from the same step done before or from a measurement that came in
 * between, learns why it was taken.
 */
export async function insertSnapshot(
  tx: Tx,
  workspaceId: number,
  taken: TakenSnapshot,
  why: { reason: SnapshotReason; name?: string | null },
): Promise<void> {
  await tx
    .insert(snapshots)
    .values(rowOf(workspaceId, taken, why))
    .onDuplicateKeyUpdate({ set: { name: why.name ?? null, reason: why.reason } });
}

function rowOf(
  workspaceId: number,
  taken: TakenSnapshot,
  why: { reason: SnapshotReason; name?: string | null },
): typeof snapshots.$inferInsert {
  return {
    publicId: taken.snapshotId,
    workspaceId,
    generation: taken.datasetGeneration,
    name: why.name ?? null,
    reason: why.reason,
    usedBytes: taken.usedBytes,
    referencedBytes: taken.referencedBytes,
    createdAt: new Date(taken.createdAt),
  };
}

/**
 * What the worker last measured of a workspace and all its snapshots, whose sizes change as the data goes on. A snapshot
 * that no row tells of, such as one taken after the copy that the database was put back from, gets one. Live pages hear
 * of it when the workspace got nearer to or further from its limits, and its owner is told when it passes a mark.
 */
export function recordWorkspaceUsage(
  db: Db,
  workspaceId: number,
  measured: { usedBytes: number; snapshotBytes: number; totalBytes: number; spaceBytes: number | null },
  listed: readonly TakenSnapshot[],
): Promise<void> {
  return inTransaction(db, async (tx) => {
    // Locks the workspace: one that is deleted meanwhile gets no snapshots again.
    const [before] = await tx
      .select()
      .from(workspaces)
      .where(and(eq(workspaces.id, workspaceId), isNull(workspaces.deletedAt)))
      .for("update");
    if (!before) return;
    await tx.update(workspaces).set(measured).where(eq(workspaces.id, workspaceId));
    if (levels(before) !== levels({ ...before, ...measured })) {
      await recordChange(tx, { userId: before.userId, topic: "workspaces", resource: before.publicId });
    }
    await tellFilling(tx, before, "files", measured.usedBytes, before.quotaGb * 2 ** 30);
    if (measured.spaceBytes !== null) {
      await tellFilling(tx, before, "space", measured.totalBytes, measured.spaceBytes);
    }
    if (listed.length === 0) return;
    await tx
      .insert(snapshots)
      .values(listed.map((taken) => rowOf(workspaceId, taken, { reason: "recovery" })))
      .onDuplicateKeyUpdate({
        set: { usedBytes: sql`values(used_bytes)`, referencedBytes: sql`values(referenced_bytes)` },
      });
  });
}

/** Tells the owner when their files, or those with all snapshots, pass a mark towards what they may hold. */
async function tellFilling(
  tx: Tx,
  workspace: Pick<typeof workspaces.$inferSelect, "publicId" | "userId" | "name" | "exposure">,
  of: "files" | "space",
  usedBytes: number,
  limitBytes: number,
): Promise<void> {
  const { publicId: workspaceId, userId, name, exposure } = workspace;
  const { passed, leftBehind } = fillingOf(usedBytes, limitBytes);
  const keyOf = (percent: number) => `workspace_filling:${workspaceId}:${of}:${percent}`;
  for (const percent of leftBehind) await rearm(tx, userId, keyOf(percent), toldAgainAfterMs);
  if (passed === null) return;
  const about = { exposure, workspaceId, name, of, percent: passed, usedBytes, limitBytes };
  await notify(tx, userId, { kind: "workspace_filling", ...about }, keyOf(passed));
}

type Sizes = Pick<typeof workspaces.$inferSelect, "usedBytes" | "quotaGb" | "totalBytes" | "spaceBytes">;

function levels({ usedBytes, quotaGb, totalBytes, spaceBytes }: Sizes): string {
  const files = fullness(usedBytes ?? 0, quotaGb * 2 ** 30);
  return `${files} ${spaceBytes === null ? "fine" : fullness(totalBytes ?? 0, spaceBytes)}`;
}

/**
 * Gives up what a workspace has beyond the snapshots it keeps of those taken at stops, oldest first: they leave the list
 * here and now, so that no restore is asked for meanwhile, and the host destroys them after. Those that a person asked
 * for, or that a restore took first, are never among them.
 * @returns what was given up, and the workspace's generation then; null while an operation is under way, which may need
 * one of them, or when the workspace is gone
 */
export async function retireStopSnapshots(
  tx: Tx,
  workspaceId: number,
  limit: number,
): Promise<{ generation: number; snapshotIds: string[] } | null> {
  // The lock under which operations are asked for: either sees what the other wrote.
  const [workspace] = await tx
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.id, workspaceId), isNull(workspaces.deletedAt)))
    .for("update");
  if (!workspace) return null;
  const busy = await tx
    .select({ id: operations.id })
    .from(operations)
    .where(eq(operations.activeWorkspaceId, workspaceId));
  if (busy.length > 0) return null;
  const snapshotIds = await surplusStopSnapshots(tx, workspaceId, limit);
  if (snapshotIds.length > 0) {
    await tx
      .update(snapshots)
      .set({ deletedAt: dbNow })
      .where(and(eq(snapshots.workspaceId, workspaceId), inArray(snapshots.publicId, snapshotIds)));
    const { publicId, userId } = workspace;
    await recordAudit(tx, systemAuditor, {
      action: "workspace.prune",
      resource: publicId,
      detail: { snapshots: snapshotIds },
    });
    await recordChange(tx, { userId, topic: "workspaces", resource: publicId });
  }
  return { generation: workspace.generation, snapshotIds };
}

async function surplusStopSnapshots(tx: Tx, workspaceId: number, limit: number): Promise<string[]> {
  const { stopSnapshotsKept } = await readLabSettings(tx);
  const taken = and(
    eq(snapshots.workspaceId, workspaceId),
    eq(snapshots.reason, "stop"),
    isNull(snapshots.deletedAt),
  );
  const [have] = await tx.select({ count: count() }).from(snapshots).where(taken);
  const surplus = Math.min(limit, (have?.count ?? 0) - stopSnapshotsKept);
  if (surplus <= 0) return [];
  const rows = await tx
    .select({ publicId: snapshots.publicId })
    .from(snapshots)
    .where(taken)
    .orderBy(asc(snapshots.createdAt), asc(snapshots.id))
    .limit(surplus);
  return rows.map(({ publicId }) => publicId);
}

/** Which of the snapshots that the host lists were given up, and should have gone. */
export async function givenUp(db: Db, workspaceId: number, listed: readonly string[]): Promise<string[]> {
  if (listed.length === 0) return [];
  const rows = await db
    .select({ publicId: snapshots.publicId })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.workspaceId, workspaceId),
        inArray(snapshots.publicId, [...listed]),
        isNotNull(snapshots.deletedAt),
      ),
    );
  return rows.map(({ publicId }) => publicId);
}
