import { randomBytes } from "node:crypto";
import { and, asc, eq, inArray, isNull, or, type SQL } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { operations, snapshots, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { activeOperationStates } from "./model";
import { spaceFactor } from "./queries";
import { insertSnapshot, type TakenSnapshot } from "./snapshots";

/** How long a claim holds without renewal, in ms. */
const operationLeaseMs = 10_000;

function dueOperations(db: Db, limit: number) {
  return db
    .select({ operation: operations, workspace: workspaces, spaceFactor })
    .from(operations)
    .innerJoin(workspaces, eq(workspaces.id, operations.workspaceId))
    .where(
      and(
        inArray(operations.state, [...activeOperationStates]),
        dueForClaim(operations.nextAttemptAt),
        leaseFree(),
      ),
    )
    .orderBy(asc(operations.nextAttemptAt))
    .limit(limit);
}

function leaseFree(): SQL | undefined {
  return or(isNull(operations.claimExpiresAt), dueBy(operations.claimExpiresAt, operationLeaseMs));
}

/** An operation as claimed, with its workspace as it was then. */
export type OperationClaim = Awaited<ReturnType<typeof dueOperations>>[number] & {
  /** Made for this claim alone: the fence of its later writes. */
  readonly token: string;
};

/** The claim ran out and went to another worker. */
export class OperationLost extends Error {
  override readonly name = "OperationLost";
}

/** Claims due operations: of many workers, one gets each. */
export async function claimDueOperations(db: Db, owner: string, limit: number): Promise<OperationClaim[]> {
  const claims: OperationClaim[] = [];
  for (const row of await dueOperations(db, limit)) {
    const token = `${owner}:${randomBytes(8).toString("hex")}`;
    const [result] = await db
      .update(operations)
      .set({ state: "RUNNING", claimOwner: token, claimExpiresAt: dbNowPlus(operationLeaseMs) })
      .where(
        and(
          eq(operations.id, row.operation.id),
          inArray(operations.state, [...activeOperationStates]),
          leaseFree(),
        ),
      );
    if (result.affectedRows === 1) claims.push({ ...row, token });
  }
  return claims;
}

function fenced(claim: OperationClaim): SQL | undefined {
  return and(
    eq(operations.id, claim.operation.id),
    eq(operations.claimOwner, claim.token),
    eq(operations.state, "RUNNING"),
  );
}

/** False when the claim is lost. */
export async function renewOperation(db: Db, claim: OperationClaim): Promise<boolean> {
  const [result] = await db
    .update(operations)
    .set({ claimExpiresAt: dbNowPlus(operationLeaseMs) })
    .where(fenced(claim));
  return result.affectedRows === 1;
}

/**
 * Puts the operation off, with a condition that its owner sees.
 * @throws OperationLost
 */
export function retryOperation(
  db: Db,
  claim: OperationClaim,
  later: { condition: string; attempts: number; delayMs: number },
): Promise<void> {
  const condition = later.condition.slice(0, 500);
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(operations)
      .set({
        state: "QUEUED",
        condition,
        attempts: later.attempts,
        ...dueAgainIn(later.delayMs),
      })
      .where(fenced(claim));
    if (result.affectedRows === 0) throw new OperationLost();
    const { userId, publicId } = claim.workspace;
    if (condition !== claim.operation.condition) {
      await recordChange(tx, { userId, topic: "workspaces", resource: publicId });
    }
  });
}

/**
 * A step's result, written under the fence.
 * @throws OperationLost
 */
async function applyStep(
  db: Db,
  claim: OperationClaim,
  set: MySqlUpdateSetSource<typeof operations>,
  apply: (tx: Tx) => Promise<void>,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(operations)
      .set({ claimExpiresAt: dbNowPlus(operationLeaseMs), ...set })
      .where(fenced(claim));
    if (result.affectedRows === 0) throw new OperationLost();
    await apply(tx);
    const { userId, publicId } = claim.workspace;
    await recordChange(tx, { userId, topic: "workspaces", resource: publicId });
  });
}

/** The data set was made on the way; its proof is kept. */
export function recordEnsured(
  db: Db,
  claim: OperationClaim,
  made: { identity: string; hostPublicKey: string },
): Promise<void> {
  return applyStep(db, claim, {}, async (tx) => {
    await tx.update(workspaces).set(made).where(eq(workspaces.id, claim.workspace.id));
  });
}

/** The snapshot of the present state that a restore takes first. */
export function recordPreRestore(db: Db, claim: OperationClaim, taken: TakenSnapshot): Promise<void> {
  return applyStep(db, claim, {}, (tx) =>
    insertSnapshot(tx, claim.workspace.id, taken, { reason: "pre_restore" }),
  );
}

const done = {
  state: "SUCCEEDED",
  condition: null,
  claimOwner: null,
  claimExpiresAt: null,
  finishedAt: dbNow,
} as const;

export function finishSnapshot(db: Db, claim: OperationClaim, taken: TakenSnapshot): Promise<void> {
  return applyStep(db, claim, done, (tx) =>
    insertSnapshot(tx, claim.workspace.id, taken, {
      reason: "manual",
      name: claim.operation.snapshotName,
    }),
  );
}

/** From here on the workspace is the restored incarnation; the ones before stay listed. */
export function finishRestore(db: Db, claim: OperationClaim, newGeneration: number): Promise<void> {
  return applyStep(db, claim, done, async (tx) => {
    await tx
      .update(workspaces)
      .set({ generation: newGeneration })
      .where(eq(workspaces.id, claim.workspace.id));
  });
}

/** Everything of it is destroyed: it leaves the lists and gives its name back. */
export function finishDelete(db: Db, claim: OperationClaim): Promise<void> {
  return applyStep(db, claim, done, async (tx) => {
    await tx.update(workspaces).set({ deletedAt: dbNow }).where(eq(workspaces.id, claim.workspace.id));
    await tx.delete(snapshots).where(eq(snapshots.workspaceId, claim.workspace.id));
  });
}

/** The snapshot is gone from the host: it leaves the list. */
export function finishSnapshotDelete(db: Db, claim: OperationClaim, snapshotId: string): Promise<void> {
  return applyStep(db, claim, done, async (tx) => {
    await tx
      .update(snapshots)
      .set({ deletedAt: dbNow })
      .where(and(eq(snapshots.publicId, snapshotId), eq(snapshots.workspaceId, claim.workspace.id)));
  });
}

/**
 * The operation failed for good. The workspace's row is as it was; on the host a restore may leave the snapshot it took
 * first and a generation that nothing names, a delete what it did not get to.
 */
export function failOperation(db: Db, claim: OperationClaim, error: string): Promise<void> {
  const { kind, publicId } = claim.operation;
  return applyStep(db, claim, { ...done, state: "FAILED", error: error.slice(0, 1000) }, (tx) =>
    recordAudit(tx, systemAuditor, {
      action: `workspace.${kind}_failed`,
      resource: claim.workspace.publicId,
      detail: { operation: publicId, error },
    }),
  );
}

/** False when the snapshot's row is gone. */
export async function snapshotListed(db: Db, publicId: string): Promise<boolean> {
  const rows = await db
    .select({ id: snapshots.id })
    .from(snapshots)
    .where(and(eq(snapshots.publicId, publicId), isNull(snapshots.deletedAt)));
  return rows.length > 0;
}
