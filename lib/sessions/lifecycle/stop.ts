import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { insertSnapshot, recordPruned, type TakenSnapshot } from "@/lib/workspaces/snapshots";
import { addEvent, ClaimLost, fenced, type SessionClaim } from "./claim";

/**
 * The agent confirmed that container and port are gone: the session ends, its GPU, port and workspace are free.
 * @throws ClaimLost
 */
export function markStopped(
  db: Db,
  claim: SessionClaim,
  outcome: { snapshot: TakenSnapshot | null; snapshotError: string | null },
): Promise<void> {
  const { session, workspace } = claim;
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(sessions)
      .set({
        state: session.error === null ? "STOPPED" : "ERROR",
        endedAt: dbNow,
        condition: null,
        isolationFault: null,
        probeDueAt: null,
        claimOwner: null,
        claimExpiresAt: null,
      })
      .where(fenced(claim));
    if (result.affectedRows === 0) throw new ClaimLost(session.slug);
    if (outcome.snapshot) {
      await insertSnapshot(tx, workspace.id, outcome.snapshot, { reason: "stop" });
      await addEvent(tx, session, "snapshot_taken", `Snapshot of workspace "${workspace.name}" taken.`);
    }
    if (outcome.snapshotError !== null) {
      await addEvent(tx, session, "snapshot_failed", `No snapshot was taken: ${outcome.snapshotError}`);
    }
    await tx.update(workspaces).set({ lastUsedAt: dbNow }).where(eq(workspaces.id, workspace.id));
    await addEvent(tx, session, "stopped", "Container removed; GPU and port are free again.");
    await recordChange(tx, { userId: null, topic: "gpus" });
    await recordChange(tx, { userId: session.userId, topic: "workspaces", resource: workspace.publicId });
  });
}

/** Old snapshots made room for the one that this session's stop took: said on its timeline. */
export function recordSnapshotsPruned(db: Db, claim: SessionClaim, gone: readonly string[]): Promise<void> {
  const { session, workspace } = claim;
  return inTransaction(db, async (tx) => {
    await recordPruned(tx, { ...workspace, userId: session.userId }, gone);
    const removed = gone.length === 1 ? "The oldest snapshot" : `The ${gone.length} oldest snapshots`;
    const detail = `${removed} taken at a stop made room for the newest ones. Those you took yourself stay.`;
    await addEvent(tx, session, "snapshots_pruned", detail);
  });
}
