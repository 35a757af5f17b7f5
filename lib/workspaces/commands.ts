import { and, eq, isNull, max } from "drizzle-orm";
import type { DbOrTx, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { nodes, operations, sessions, snapshots, workspaces } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import {
  defaultQuotaGb,
  type Exposure,
  type OperationKind,
  type OperationView,
  type WorkspaceView,
} from "./model";
import { getOperation, getWorkspace, ownWorkspace, type WorkspaceRow } from "./queries";

/** What a command needs of the request it runs for. */
export type CommandContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "wake">;

/** @throws AppError `forbidden` when the actor may not use that exposure */
export function assertExposure(actor: CommandContext["actor"], exposure: Exposure): void {
  if (exposure === "internal" && !actor.canUseInternal) {
    throw new AppError("forbidden", "Your account may not use internal resources. Ask an admin.");
  }
}

function auditor(context: CommandContext) {
  return {
    userId: context.actor.userId,
    username: context.actor.username,
    requestId: context.requestId,
  };
}

interface NewWorkspace {
  readonly name: string;
  readonly exposure: Exposure;
  readonly quotaGb: number;
  readonly nodeId: number;
}

/**
 * Adds the row; the data set is made by the worker before the first use.
 * @throws AppError `conflict` when the actor has one of that name, `forbidden`
 */
export async function insertWorkspace(
  tx: Tx,
  context: CommandContext,
  input: NewWorkspace,
): Promise<WorkspaceRow> {
  if (!can(context.actor, "workspace.create"))
    throw new AppError("forbidden", "You may not make workspaces.");
  const publicId = newPublicId("wsp");
  try {
    await tx
      .insert(workspaces)
      .values({ publicId, userId: context.actor.userId, createdAt: dbNow, ...input });
  } catch (error) {
    if (violatedKey(error) !== "workspaces_live_name") throw error;
    throw new AppError("conflict", `You have a workspace "${input.name}" already.`, {
      fields: { name: "You have one of that name already." },
      cause: error,
    });
  }
  await recordAudit(tx, auditor(context), {
    action: "workspace.create",
    resource: publicId,
    detail: { name: input.name, exposure: input.exposure, quotaGb: input.quotaGb },
  });
  await recordChange(tx, { userId: context.actor.userId, topic: "workspaces", resource: publicId });
  return ownWorkspace(tx, context.actor, input.exposure, publicId);
}

/** The host a new workspace goes to when no GPU decides it: the first one. */
async function defaultNode(db: DbOrTx): Promise<number> {
  const [node] = await db.select({ id: nodes.id }).from(nodes).orderBy(nodes.id).limit(1);
  if (node) return node.id;
  throw new AppError("unavailable", "No GPU host has reported yet. Try again in a moment.", {
    retryAfterSeconds: 5,
  });
}

/** Makes an empty workspace. */
export async function createWorkspace(
  context: CommandContext,
  exposure: Exposure,
  input: { name: string; quotaGb?: number | undefined },
): Promise<WorkspaceView> {
  assertExposure(context.actor, exposure);
  const id = await inTransaction(context.db, async (tx) => {
    const nodeId = await defaultNode(tx);
    const quotaGb = input.quotaGb ?? defaultQuotaGb;
    const row = await insertWorkspace(tx, context, { name: input.name, exposure, quotaGb, nodeId });
    return row.publicId;
  });
  return getWorkspace(context.db, context.actor, exposure, id);
}

/**
 * Locks the actor's living workspace of that id or name: from here on nothing begins on it. Null when there is none that
 * the actor may change.
 */
export async function lockWorkspace(
  tx: Tx,
  actor: CommandContext["actor"],
  exposure: Exposure,
  which: { publicId: string } | { name: string },
): Promise<WorkspaceRow | null> {
  const [row] = await tx
    .select()
    .from(workspaces)
    .where(
      and(
        eq(workspaces.userId, actor.userId),
        eq(workspaces.exposure, exposure),
        "publicId" in which ? eq(workspaces.publicId, which.publicId) : eq(workspaces.liveName, which.name),
        isNull(workspaces.deletedAt),
      ),
    )
    .for("update");
  return row && can(actor, "workspace.change", { ownerId: row.userId }) ? row : null;
}

/**
 * Makes sure that no operation is under way on a workspace that is locked.
 * @throws AppError `conflict` that names the operation
 */
export async function assertNoOperation(tx: Tx, workspace: WorkspaceRow): Promise<void> {
  const [operation] = await tx
    .select({ kind: operations.kind })
    .from(operations)
    .where(eq(operations.activeWorkspaceId, workspace.id));
  if (!operation) return;
  const doing = { snapshot: "snapshotted", restore: "restored", delete: "deleted" }[operation.kind];
  throw new AppError(
    "conflict",
    `Workspace "${workspace.name}" is being ${doing}. Try again when that is done.`,
  );
}

/** The slug of the session that uses the workspace now. */
export async function sessionOn(db: DbOrTx, workspaceId: number): Promise<string | null> {
  const [row] = await db
    .select({ slug: sessions.slug })
    .from(sessions)
    .where(eq(sessions.activeWorkspaceId, workspaceId));
  return row?.slug ?? null;
}

interface OperationRequest {
  readonly kind: OperationKind;
  readonly snapshotPublicId?: string;
  readonly snapshotName?: string | undefined;
  readonly preRestoreSnapshotId?: string;
  readonly newGeneration?: number;
  /** Refused while a session uses the workspace. */
  readonly exclusive: boolean;
}

/** Writes the operation's row; the worker does the rest. */
async function requestOperation(
  context: CommandContext,
  exposure: Exposure,
  publicId: string,
  prepare: (tx: Tx, workspace: WorkspaceRow) => Promise<OperationRequest>,
): Promise<OperationView> {
  const { actor } = context;
  assertExposure(actor, exposure);
  const id = newPublicId("opn");
  await inTransaction(context.db, async (tx) => {
    const workspace = await lockWorkspace(tx, actor, exposure, { publicId });
    if (!workspace) throw new AppError("not_found", `No workspace ${publicId}.`);
    await assertNoOperation(tx, workspace);
    const { exclusive, ...request } = await prepare(tx, workspace);
    const slug = exclusive ? await sessionOn(tx, workspace.id) : null;
    if (slug) {
      throw new AppError("conflict", `Session ${slug} uses workspace "${workspace.name}". Stop it first.`);
    }
    await tx.insert(operations).values({
      publicId: id,
      workspaceId: workspace.id,
      requestedBy: actor.userId,
      createdAt: dbNow,
      nextAttemptAt: dbNow,
      ...request,
    });
    await recordAudit(tx, auditor(context), {
      action: `workspace.${request.kind}`,
      resource: publicId,
      detail: { operation: id, snapshot: request.snapshotPublicId ?? null },
    });
    await recordChange(tx, { userId: actor.userId, topic: "workspaces", resource: publicId });
  });
  context.wake();
  return getOperation(context.db, actor, id);
}

/** Asks for a snapshot; allowed while a session runs. */
export function requestSnapshot(
  context: CommandContext,
  exposure: Exposure,
  input: { id: string; name?: string | undefined },
): Promise<OperationView> {
  return requestOperation(context, exposure, input.id, async () => ({
    kind: "snapshot",
    snapshotPublicId: newPublicId("snp"),
    snapshotName: input.name,
    exclusive: false,
  }));
}

/** Asks to bring a snapshot back; the present state is snapshotted first. Refused while a session runs. */
export function requestRestore(
  context: CommandContext,
  exposure: Exposure,
  input: { id: string; snapshotId: string },
): Promise<OperationView> {
  return requestOperation(context, exposure, input.id, async (tx, workspace) => {
    const [snapshot] = await tx
      .select({ id: snapshots.id })
      .from(snapshots)
      .where(and(eq(snapshots.publicId, input.snapshotId), eq(snapshots.workspaceId, workspace.id)));
    if (!snapshot) throw new AppError("not_found", `No snapshot ${input.snapshotId} in this workspace.`);
    const [begun] = await tx
      .select({ newest: max(operations.newGeneration) })
      .from(operations)
      .where(eq(operations.workspaceId, workspace.id));
    return {
      kind: "restore",
      snapshotPublicId: input.snapshotId,
      preRestoreSnapshotId: newPublicId("snp"),
      newGeneration: Math.max(workspace.generation, begun?.newest ?? 0) + 1,
      exclusive: true,
    };
  });
}

/** Asks to destroy the workspace with all its snapshots. Refused while a session runs. */
export function requestDelete(
  context: CommandContext,
  exposure: Exposure,
  input: { id: string },
): Promise<OperationView> {
  return requestOperation(context, exposure, input.id, async () => ({ kind: "delete", exclusive: true }));
}
