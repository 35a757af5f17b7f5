import { and, eq, isNull, max, sql } from "drizzle-orm";
import type { DbOrTx, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { nodes, operations, sessions, snapshots, users, workspaces } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import type { Exposure, OperationKind, OperationView, WorkspaceView } from "./model";
import { getOperation, getWorkspace, ownWorkspace, type WorkspaceRow } from "./queries";
import { grantedQuotaGb } from "./rules";

/** What a command needs of the request it runs for. */
export type CommandContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "wake" | "settings">;

/** Who does something, at which request. */
type Requester = Pick<CommandContext, "actor" | "requestId">;

/** @throws AppError `forbidden` when the actor may not use that exposure */
export function assertExposure(actor: CommandContext["actor"], exposure: Exposure): void {
  if (exposure === "internal" && !can(actor, "internal.use")) {
    throw new AppError(
      "forbidden",
      "Your account may not use internal sessions and workspaces. An administrator can allow it.",
    );
  }
}

/**
 * Before anything internal is begun: locks the actor's row and looks at the grant as it is now, so that withdrawing it
 * comes wholly before or wholly after. Reading, stopping and deleting need none: what is left behind can be left.
 * @throws AppError `forbidden`
 */
async function lockGrant(tx: Tx, actor: CommandContext["actor"], exposure: Exposure): Promise<void> {
  if (exposure === "external") return;
  const [user] = await tx
    .select({ canUseInternal: users.canUseInternal })
    .from(users)
    .where(eq(users.id, actor.userId))
    .for("update");
  assertExposure({ ...actor, canUseInternal: user?.canUseInternal ?? false }, exposure);
}

function auditor(context: Requester) {
  return {
    userId: context.actor.userId,
    username: context.actor.username,
    requestId: context.requestId,
  };
}

interface NewWorkspace {
  readonly name: string;
  readonly exposure: Exposure;
  /** What is left of the person's disk, the default at most, when nothing is said. */
  readonly quotaGb?: number | undefined;
  readonly nodeId: number;
}

/**
 * The quota a new workspace gets, with its owner's row locked: one new workspace of theirs at a time.
 * @throws AppError `conflict` that says what is left
 */
async function grantQuota(tx: Tx, userId: number, wantedGb: number | undefined): Promise<number> {
  const [user] = await tx
    .select({ limitGb: users.maxDiskGb })
    .from(users)
    .where(eq(users.id, userId))
    .for("update");
  const limitGb = user?.limitGb ?? null;
  const [taken] = await tx
    .select({ gb: sql`coalesce(sum(${workspaces.quotaGb}), 0)`.mapWith(Number) })
    .from(workspaces)
    .where(and(eq(workspaces.userId, userId), isNull(workspaces.deletedAt)));
  const takenGb = taken?.gb ?? 0;
  const quotaGb = grantedQuotaGb(wantedGb, takenGb, limitGb);
  if (quotaGb !== null) return quotaGb;
  const message = `Your workspaces may have ${limitGb} GB together, and ${takenGb} GB are taken. Ask for less, delete one, or ask an admin to raise the limit.`;
  throw new AppError("conflict", message, { fields: { quotaGb: message }, conflict: "limit_reached" });
}

/**
 * Adds the row; the data set is made by the worker before the first use.
 * @throws AppError `conflict` when the actor has one of that name, or no disk left, `forbidden`
 */
export async function insertWorkspace(
  tx: Tx,
  context: Requester,
  input: NewWorkspace,
): Promise<WorkspaceRow> {
  if (!can(context.actor, "workspace.create"))
    throw new AppError("forbidden", "You may not make workspaces.");
  const publicId = newPublicId("wsp");
  const quotaGb = await grantQuota(tx, context.actor.userId, input.quotaGb);
  try {
    await tx
      .insert(workspaces)
      .values({ publicId, userId: context.actor.userId, createdAt: dbNow, ...input, quotaGb });
  } catch (error) {
    if (violatedKey(error) !== "workspaces_live_name") throw error;
    throw new AppError("conflict", `You have a workspace "${input.name}" already.`, {
      fields: { name: "You have one of that name already." },
      conflict: "taken",
      cause: error,
    });
  }
  await recordAudit(tx, auditor(context), {
    action: "workspace.create",
    resource: publicId,
    detail: { name: input.name, exposure: input.exposure, quotaGb },
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
  const id = await inTransaction(context.db, async (tx) => {
    await lockGrant(tx, context.actor, exposure);
    const nodeId = await defaultNode(tx);
    const row = await insertWorkspace(tx, context, { ...input, exposure, nodeId });
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
  const doing = {
    snapshot: "snapshotted",
    restore: "restored",
    delete: "deleted",
    delete_snapshot: "freed of a snapshot",
  }[operation.kind];
  throw new AppError(
    "conflict",
    `Workspace "${workspace.name}" is being ${doing}. Try again when that is done.`,
    { conflict: "in_use" },
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
  readonly snapshotPublicId?: string;
  readonly snapshotName?: string | undefined;
  readonly preRestoreSnapshotId?: string;
  readonly newGeneration?: number;
  /** Refused while a session uses the workspace. */
  readonly exclusive: boolean;
}

/** What is left behind on the internal surface can be removed by whoever may begin nothing more there. */
const needNoGrant: readonly OperationKind[] = ["delete", "delete_snapshot"];

/** Writes the operation's row; the worker does the rest. */
async function requestOperation(
  context: CommandContext,
  exposure: Exposure,
  publicId: string,
  kind: OperationKind,
  prepare: (tx: Tx, workspace: WorkspaceRow) => Promise<OperationRequest>,
): Promise<OperationView> {
  const { actor } = context;
  const id = newPublicId("opn");
  await inTransaction(context.db, async (tx) => {
    if (!needNoGrant.includes(kind)) await lockGrant(tx, actor, exposure);
    const workspace = await lockWorkspace(tx, actor, exposure, { publicId });
    if (!workspace) throw new AppError("not_found", `No workspace ${publicId}.`);
    await assertNoOperation(tx, workspace);
    const { exclusive, ...request } = await prepare(tx, workspace);
    const slug = exclusive ? await sessionOn(tx, workspace.id) : null;
    if (slug) {
      throw new AppError("conflict", `Session ${slug} uses workspace "${workspace.name}". Stop it first.`, {
        conflict: "in_use",
      });
    }
    await tx.insert(operations).values({
      publicId: id,
      kind,
      workspaceId: workspace.id,
      requestedBy: actor.userId,
      createdAt: dbNow,
      nextAttemptAt: dbNow,
      ...request,
    });
    await recordAudit(tx, auditor(context), {
      action: `workspace.${kind}`,
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
  return requestOperation(context, exposure, input.id, "snapshot", async () => ({
    snapshotPublicId: newPublicId("snp"),
    snapshotName: input.name,
    exclusive: false,
  }));
}

/** @throws AppError `not_found` unless the workspace has it */
async function assertSnapshot(tx: Tx, workspace: WorkspaceRow, publicId: string): Promise<void> {
  const [snapshot] = await tx
    .select({ id: snapshots.id })
    .from(snapshots)
    .where(
      and(
        eq(snapshots.publicId, publicId),
        eq(snapshots.workspaceId, workspace.id),
        isNull(snapshots.deletedAt),
      ),
    );
  if (!snapshot) throw new AppError("not_found", `No snapshot ${publicId} in this workspace.`);
}

/** Asks to delete one snapshot, whoever took it; allowed while a session runs. */
export function requestSnapshotDelete(
  context: CommandContext,
  exposure: Exposure,
  input: { id: string; snapshotId: string },
): Promise<OperationView> {
  return requestOperation(context, exposure, input.id, "delete_snapshot", async (tx, workspace) => {
    await assertSnapshot(tx, workspace, input.snapshotId);
    return { snapshotPublicId: input.snapshotId, exclusive: false };
  });
}

/** Asks to bring a snapshot back; the present state is snapshotted first. Refused while a session runs. */
export function requestRestore(
  context: CommandContext,
  exposure: Exposure,
  input: { id: string; snapshotId: string },
): Promise<OperationView> {
  return requestOperation(context, exposure, input.id, "restore", async (tx, workspace) => {
    await assertSnapshot(tx, workspace, input.snapshotId);
    const [begun] = await tx
      .select({ newest: max(operations.newGeneration) })
      .from(operations)
      .where(eq(operations.workspaceId, workspace.id));
    return {
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
  return requestOperation(context, exposure, input.id, "delete", async () => ({ exclusive: true }));
}
