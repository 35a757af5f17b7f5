import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { insertSnapshot, retireStopSnapshots, type TakenSnapshot } from "@/lib/workspaces/snapshots";
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

/** Gives up old snapshots for the one that this session's stop took: said on its timeline. */
export function makeRoom(
  db: Db,
  { session, workspace }: SessionClaim,
  limit: number,
): ReturnType<typeof retireStopSnapshots> {
  return inTransaction(db, async (tx) => {
    const retired = await retireStopSnapshots(tx, workspace.id, limit);
    const count = retired?.snapshotIds.length ?? 0;
    if (count > 0) {
      const removed = count === 1 ? "The oldest snapshot" : `The ${count} oldest snapshots`;
      const detail = `${removed} taken at a stop made room for the newest ones. Those you took yourself stay.`;
      await addEvent(tx, session, "snapshots_pruned", detail);
    }
    return retired;
  });
}
