import { eq } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { snapshots, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { notify, rearm } from "@/lib/notices/notify";
import type { SnapshotReason } from "./model";
import { fillingOf } from "./rules";

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

/** What the worker last measured of a workspace. Its owner is told when it passes a mark towards its quota. */
export function recordWorkspaceUsage(
  db: Db,
  workspaceId: number,
  measured: { usedBytes: number; snapshotBytes: number },
): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx.update(workspaces).set(measured).where(eq(workspaces.id, workspaceId));
    const [workspace] = await tx.select().from(workspaces).where(eq(workspaces.id, workspaceId));
    if (workspace) await tellFilling(tx, workspace, measured.usedBytes);
  });
}

async function tellFilling(
  tx: Tx,
  workspace: Pick<typeof workspaces.$inferSelect, "publicId" | "userId" | "name" | "quotaGb">,
  usedBytes: number,
): Promise<void> {
  const { publicId, userId, name, quotaGb } = workspace;
  const { passed, leftBehind } = fillingOf(usedBytes, quotaGb);
  const keyOf = (percent: number) => `workspace_filling:${publicId}:${percent}`;
  for (const percent of leftBehind) await rearm(tx, userId, keyOf(percent));
  if (passed === null) return;
  const about = { workspaceId: publicId, name, percent: passed, usedBytes, quotaGb };
  await notify(tx, userId, { kind: "workspace_filling", ...about }, keyOf(passed));
}
