import { eq } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { snapshots, workspaces } from "@/db/schema";
import type { SnapshotReason } from "./model";

export interface TakenSnapshot {
  readonly snapshotId: string;
  readonly datasetGeneration: number;
  readonly usedBytes: number;
  readonly referencedBytes: number;
  readonly createdAt: string;
}

/** Adds a snapshot's row; one that is there already stays as it is. */
export async function insertSnapshot(
  tx: Tx,
  workspaceId: number,
  taken: TakenSnapshot,
  why: { reason: SnapshotReason; name?: string | null },
): Promise<void> {
  await tx
    .insert(snapshots)
    .ignore()
    .values({
      publicId: taken.snapshotId,
      workspaceId,
      generation: taken.datasetGeneration,
      name: why.name ?? null,
      reason: why.reason,
      usedBytes: taken.usedBytes,
      referencedBytes: taken.referencedBytes,
      createdAt: new Date(taken.createdAt),
    });
}

/** What the worker last measured of a workspace. */
export async function recordWorkspaceUsage(
  db: Db,
  workspaceId: number,
  measured: { usedBytes: number; snapshotBytes: number },
): Promise<void> {
  await db.update(workspaces).set(measured).where(eq(workspaces.id, workspaceId));
}
