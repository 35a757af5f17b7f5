import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { snapshots, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import type { SnapshotReason } from "./model";

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
 * that no row tells of, such as one taken after the copy that the database was put back from, gets one.
 */
export function recordWorkspaceUsage(
  db: Db,
  workspaceId: number,
  measured: { usedBytes: number; snapshotBytes: number },
  listed: readonly TakenSnapshot[],
): Promise<void> {
  return inTransaction(db, async (tx) => {
    // Locks the workspace: one that is deleted meanwhile gets no snapshots again.
    const [living] = await tx
      .update(workspaces)
      .set(measured)
      .where(and(eq(workspaces.id, workspaceId), isNull(workspaces.deletedAt)));
    if (living.affectedRows === 0 || listed.length === 0) return;
    await tx
      .insert(snapshots)
      .values(listed.map((taken) => rowOf(workspaceId, taken, { reason: "recovery" })))
      .onDuplicateKeyUpdate({
        set: { usedBytes: sql`values(used_bytes)`, referencedBytes: sql`values(referenced_bytes)` },
      });
  });
}
