import { and, desc, eq, inArray, isNotNull, isNull } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { auditLog, sessionEvents, sessions, snapshots, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import type { AgentClient } from "@/lib/agent-protocol/client";
import { required } from "@/lib/kernel/assert";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import type { PastSession } from "./history";
import type { DemoWorkspace, Place } from "./lab";

/** Rows per INSERT: far below MariaDB's packet limit. */
const batch = 200;

async function inBatches<Row>(
  rows: readonly Row[],
  insert: (part: Row[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < rows.length; from += batch) await insert(rows.slice(from, from + batch));
}

function sessionRow(past: PastSession, place: Place, workspace: DemoWorkspace) {
  return {
    slug: newSlug(),
    userId: workspace.userId,
    nodeId: place.nodeId,
    gpuId: required(place.gpuIds[past.gpu], `GPU ${past.gpu}`),
    packId: place.packId,
    workspaceId: workspace.id,
    exposure: "external" as const,
    state: past.error === null ? ("STOPPED" as const) : ("ERROR" as const),
    sshPort: past.sshPort,
    workspaceGeneration: workspace.generation,
    ttlMinutes: past.ttlMinutes,
    createdAt: past.createdAt,
    runningAt: past.runningAt,
    stopsAt:
      past.runningAt && past.ttlMinutes
        ? new Date(past.runningAt.getTime() + past.ttlMinutes * 60_000)
        : null,
    stopRequestedAt: past.endedAt,
    stopReason: past.stopReason,
    endedAt: past.endedAt,
    stopSnapshotId: past.runningAt ? newPublicId("snp") : null,
    error: past.error,
    nextAttemptAt: past.endedAt,
  };
}

/** Sessions, timelines and audit rows of the invented past, all or nothing. */
export async function writeHistory(
  db: Db,
  place: Place,
  past: readonly PastSession[],
  workspaceOf: readonly DemoWorkspace[],
): Promise<void> {
  const entries = past.map((session) => {
    const workspace = required(workspaceOf[session.workspace], `workspace ${session.workspace}`);
    return { session, workspace, row: sessionRow(session, place, workspace) };
  });
  await inTransaction(db, async (tx) => {
    await inBatches(entries, (part) => tx.insert(sessions).values(part.map(({ row }) => row)));
    const ids = await sessionIds(
      tx,
      entries.map(({ row }) => row.slug),
    );
    const events = entries.flatMap(({ session, row }) => {
      const sessionId = required(ids.get(row.slug), `session ${row.slug}`);
      return session.events.map((event) => ({ sessionId, ...event }));
    });
    await inBatches(events, (part) => tx.insert(sessionEvents).values(part));
    const audits = entries.flatMap(({ session, workspace, row }) => {
      const who = {
        actorId: workspace.userId,
        actorName: workspace.username,
        resource: row.slug,
        detail: {},
      };
      const launched = { ...who, at: session.createdAt, action: "session.launch" };
      return session.stopReason === "user"
        ? [launched, { ...who, at: session.endedAt, action: "session.stop" }]
        : [launched];
    });
    await inBatches(audits, (part) => tx.insert(auditLog).values(part));
    for (const { id } of workspaceOf) {
      const last = entries.findLast(({ workspace }) => workspace.id === id);
      if (last)
        await tx.update(workspaces).set({ lastUsedAt: last.session.endedAt }).where(eq(workspaces.id, id));
    }
  });
}

async function sessionIds(tx: Tx, slugs: readonly string[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  await inBatches(slugs, async (part) => {
    const found = await tx
      .select({ id: sessions.id, slug: sessions.slug })
      .from(sessions)
      .where(inArray(sessions.slug, part));
    for (const { id, slug } of found) ids.set(slug, id);
  });
  return ids;
}

/** How many of a workspace's past stops have a snapshot to show; older ones count as deleted since. */
const keptPerWorkspace = 6;

/** Takes the snapshots that past stops speak of, as real ones dated back; an interrupted run is gone on with. */
export async function takeSnapshots(
  db: Db,
  agent: AgentClient,
  place: Place,
  demo: readonly DemoWorkspace[],
  progress: (text: string) => void,
): Promise<number> {
  let taken = 0;
  for (const workspace of demo) {
    for (const { snapshotId, endedAt } of await missingSnapshots(db, workspace)) {
      const info = await agent.call("workspace.snapshot", {
        installationId: place.installationId,
        workspaceId: workspace.publicId,
        datasetGeneration: workspace.generation,
        identity: required(workspace.identity, `identity of ${workspace.publicId}`),
        snapshotId,
      });
      await db.insert(snapshots).values({
        publicId: snapshotId,
        workspaceId: workspace.id,
        generation: workspace.generation,
        reason: "stop",
        usedBytes: info.usedBytes,
        referencedBytes: info.referencedBytes,
        createdAt: endedAt,
      });
      taken += 1;
      progress(`${taken} snapshots`);
    }
  }
  return taken;
}

async function missingSnapshots(
  db: Db,
  workspace: DemoWorkspace,
): Promise<{ snapshotId: string; endedAt: Date }[]> {
  const latest = await db
    .select({ snapshotId: sessions.stopSnapshotId, endedAt: sessions.endedAt, snapshot: snapshots.id })
    .from(sessions)
    .leftJoin(snapshots, eq(snapshots.publicId, sessions.stopSnapshotId))
    .where(
      and(
        eq(sessions.workspaceId, workspace.id),
        isNotNull(sessions.stopSnapshotId),
        isNotNull(sessions.endedAt),
      ),
    )
    .orderBy(desc(sessions.endedAt))
    .limit(keptPerWorkspace);
  return latest
    .filter(({ snapshot }) => snapshot === null)
    .map(({ snapshotId, endedAt }) => ({
      snapshotId: required(snapshotId, "stop snapshot"),
      endedAt: required(endedAt, "end"),
    }))
    .reverse();
}

/** The ids of GPUs that no session holds now. */
export async function freeGpus(db: Db, place: Place): Promise<number[]> {
  const held = await db
    .select({ gpuId: sessions.activeGpuId })
    .from(sessions)
    .where(isNotNull(sessions.activeGpuId));
  const busy = new Set(held.map(({ gpuId }) => gpuId));
  return place.gpuIds.filter((id) => !busy.has(id));
}

export async function hasActiveSession(db: Db, userId: number): Promise<boolean> {
  const [row] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNotNull(sessions.activeGpuId)))
    .limit(1);
  return row !== undefined;
}

/** A workspace of the user's that no session uses. */
export async function idleWorkspace(db: Db, userId: number): Promise<string | undefined> {
  const [row] = await db
    .select({ id: workspaces.publicId })
    .from(workspaces)
    .leftJoin(sessions, eq(sessions.activeWorkspaceId, workspaces.id))
    .where(and(eq(workspaces.userId, userId), isNull(workspaces.deletedAt), isNull(sessions.id)))
    .limit(1);
  return row?.id;
}
