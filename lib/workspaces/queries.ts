import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { labSettings, operations, sessions, snapshots, workspaces } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Exposure, OperationView, SnapshotView, WorkspaceView } from "./model";

export type WorkspaceRow = typeof workspaces.$inferSelect;

/**
 * The actor's own living workspace.
 * @throws AppError `not_found` also when it is someone else's, or of the other exposure
 */
export async function ownWorkspace(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  publicId: string,
): Promise<WorkspaceRow> {
  const [row] = await db
    .select()
    .from(workspaces)
    .where(
      and(eq(workspaces.publicId, publicId), eq(workspaces.exposure, exposure), isNull(workspaces.deletedAt)),
    );
  if (!row || !can(actor, "workspace.read", { ownerId: row.userId }))
    throw new AppError("not_found", `No workspace ${publicId}.`);
  return row;
}

/** What a workspace with its snapshots may hold, as a multiple of its quota: read beside the workspace. */
export const spaceFactor = sql`(select ${labSettings.spaceFactor} from ${labSettings})`.mapWith(Number);

const snapshotCount = sql<number>`(select count(*) from ${snapshots} where ${snapshots.workspaceId} = ${workspaces.id} and ${snapshots.deletedAt} is null)`;

function workspaceRows(db: DbOrTx) {
  return db
    .select({
      workspace: workspaces,
      slug: sessions.slug,
      operation: operations.publicId,
      snapshotCount: snapshotCount.mapWith(Number),
    })
    .from(workspaces)
    .leftJoin(sessions, eq(sessions.activeWorkspaceId, workspaces.id))
    .leftJoin(operations, eq(operations.activeWorkspaceId, workspaces.id))
    .$dynamic();
}

type JoinedRow = Awaited<ReturnType<typeof workspaceRows>>[number];

function toView({ workspace, slug, operation, snapshotCount: count }: JoinedRow): WorkspaceView {
  return {
    id: workspace.publicId,
    name: workspace.name,
    exposure: workspace.exposure,
    quotaGb: workspace.quotaGb,
    usedBytes: workspace.usedBytes,
    snapshotBytes: workspace.snapshotBytes,
    totalBytes: workspace.totalBytes,
    spaceBytes: workspace.spaceBytes,
    activeSession: slug,
    activeOperation: operation,
    snapshotCount: count,
    createdAt: workspace.createdAt.toISOString(),
    lastUsedAt: workspace.lastUsedAt?.toISOString() ?? null,
  };
}

/** The actor's living workspaces of one exposure, newest first. */
export async function listWorkspaces(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  page: PageInput,
): Promise<Page<WorkspaceView>> {
  if (!can(actor, "workspace.read", { ownerId: actor.userId })) {
    throw new AppError("forbidden", "You may not see workspaces.");
  }
  const after = decodeCursor(page.cursor, publicIdPattern("wsp"));
  const rows = await workspaceRows(db)
    .where(
      and(
        eq(workspaces.userId, actor.userId),
        eq(workspaces.exposure, exposure),
        isNull(workspaces.deletedAt),
        after === undefined
          ? undefined
          : lt(workspaces.id, sql`(select w.id from ${workspaces} w where w.public_id = ${after})`),
      ),
    )
    .orderBy(desc(workspaces.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.workspace.publicId);
  return { data: shown.map(toView), nextCursor };
}

/** @throws AppError `not_found` also when it is someone else's */
export async function getWorkspace(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  publicId: string,
): Promise<WorkspaceView> {
  const { id } = await ownWorkspace(db, actor, exposure, publicId);
  const [row] = await workspaceRows(db).where(eq(workspaces.id, id));
  if (!row) throw new AppError("not_found", `No workspace ${publicId}.`);
  return toView(row);
}

/** All snapshots of the actor's workspace, every generation, newest first. */
export async function listSnapshots(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  publicId: string,
  page: PageInput,
): Promise<Page<SnapshotView>> {
  const workspace = await ownWorkspace(db, actor, exposure, publicId);
  const after = decodeCursor(page.cursor, publicIdPattern("snp"));
  const rows = await db
    .select()
    .from(snapshots)
    .where(
      and(
        eq(snapshots.workspaceId, workspace.id),
        isNull(snapshots.deletedAt),
        after === undefined
          ? undefined
          : lt(snapshots.id, sql`(select s.id from ${snapshots} s where s.public_id = ${after})`),
      ),
    )
    .orderBy(desc(snapshots.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.publicId);
  return { data: shown.map((row) => toSnapshotView(row, workspace.generation)), nextCursor };
}

function toSnapshotView(row: typeof snapshots.$inferSelect, currentGeneration: number): SnapshotView {
  return {
    id: row.publicId,
    name: row.name,
    reason: row.reason,
    generation: row.generation,
    current: row.generation === currentGeneration,
    usedBytes: row.usedBytes,
    referencedBytes: row.referencedBytes,
    createdAt: row.createdAt.toISOString(),
  };
}

/** @throws AppError `not_found` also when it concerns someone else's workspace */
export async function getOperation(db: DbOrTx, actor: Actor, publicId: string): Promise<OperationView> {
  const [row] = await db
    .select({ operation: operations, workspaceId: workspaces.publicId, ownerId: workspaces.userId })
    .from(operations)
    .innerJoin(workspaces, eq(workspaces.id, operations.workspaceId))
    .where(eq(operations.publicId, publicId));
  if (!row || !can(actor, "workspace.read", row)) {
    throw new AppError("not_found", `No operation ${publicId}.`);
  }
  const { operation, workspaceId } = row;
  return {
    id: operation.publicId,
    kind: operation.kind,
    state: operation.state,
    workspaceId,
    snapshotId: operation.snapshotPublicId,
    condition: operation.condition,
    error: operation.error,
    createdAt: operation.createdAt.toISOString(),
    finishedAt: operation.finishedAt?.toISOString() ?? null,
  };
}
