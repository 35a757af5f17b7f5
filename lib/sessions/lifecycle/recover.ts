import { and, eq, gt, inArray, isNull, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { nodes, sessions, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, recordChanges, systemAuditor } from "@/lib/audit/record";
import { reachableNode } from "@/lib/fleet/queries";
import { notify } from "@/lib/notices/notify";
import { insertSnapshot, type TakenSnapshot } from "@/lib/workspaces/snapshots";
import { beginStop } from "../commands/stop";
import { tellEnd } from "../end-notices";
import { activeSessionStates } from "../model";
import { type EngineIdentity, type Restart, statesBefore } from "../rules";
import { addEvent } from "./claim";

export type SessionFacts = Pick<
  typeof sessions.$inferSelect,
  "id" | "slug" | "userId" | "exposure" | "state" | "generation" | "bootId" | "engineStartedAt"
>;

const facts = {
  id: sessions.id,
  slug: sessions.slug,
  userId: sessions.userId,
  exposure: sessions.exposure,
  state: sessions.state,
  generation: sessions.generation,
  bootId: sessions.bootId,
  engineStartedAt: sessions.engineStartedAt,
};

/** What should be running on a node. Read it before asking the agent: what started since then isn't judged. */
export function runningOn(db: Db, nodeId: number): Promise<SessionFacts[]> {
  return db
    .select(facts)
    .from(sessions)
    .where(and(eq(sessions.nodeId, nodeId), eq(sessions.state, "RUNNING")));
}

/** The sessions behind containers, whatever their state, as they are now; by slug. */
export async function sessionsBySlug(db: Db, slugs: readonly string[]): Promise<Map<string, SessionFacts>> {
  if (slugs.length === 0) return new Map();
  const rows = await db
    .select(facts)
    .from(sessions)
    .where(inArray(sessions.slug, [...slugs]));
  return new Map(rows.map((row) => [row.slug, row]));
}

/** Whether the session should have a container, or is on its way to or from one. */
export function holdsContainer({ state }: Pick<SessionFacts, "state">): boolean {
  return (activeSessionStates as readonly string[]).includes(state);
}

/** Its container or workspace died: starts again on the same GPU, port and workspace. False: race lost. */
export function restartSession(db: Db, session: SessionFacts, { cause, detail }: Restart): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(sessions)
      .set({
        state: "STARTING",
        condition: null,
        attempts: 0,
        nextAttemptAt: dbNow,
        claimOwner: null,
        claimExpiresAt: null,
      })
      .where(
        and(
          eq(sessions.id, session.id),
          eq(sessions.state, "RUNNING"),
          eq(sessions.generation, session.generation),
        ),
      );
    if (result.affectedRows === 0) return false;
    await addEvent(tx, session, "restarting", detail);
    const { userId, slug, exposure, generation } = session;
    const told = { kind: "session_restarted", slug, exposure, reason: detail.slice(0, 1000), cause } as const;
    await notify(tx, userId, told, `session_restarted:${slug}:${generation}`);
    await recordChange(tx, { userId: null, topic: "gpus" });
    return true;
  });
}

/** Its container ended under a live engine: snapshot, clear up, ERROR. False: race lost. */
export function failRunning(db: Db, session: SessionFacts, error: string): Promise<boolean> {
  return inTransaction(db, (tx) =>
    beginStop(
      tx,
      session,
      { reason: "exited", error, detail: error, generation: session.generation },
      systemAuditor,
    ),
  );
}

/** The engine was restarted around a container that lives on: remembered, so that its end is judged against that one. */
export async function adoptEngine(db: Db, session: SessionFacts, engine: EngineIdentity): Promise<void> {
  await db
    .update(sessions)
    .set({ bootId: engine.bootId, engineStartedAt: engine.engineStartedAt })
    .where(
      and(
        eq(sessions.id, session.id),
        eq(sessions.state, "RUNNING"),
        eq(sessions.generation, session.generation),
      ),
    );
}

/**
 * A container of a higher generation than its row: the database is an older copy. Catches up, so that later claims are not
 * refused by the agent for ever.
 */
export async function catchUpGeneration(db: Db, slug: string, generation: number): Promise<void> {
  await db
    .update(sessions)
    .set({ generation })
    .where(
      and(
        eq(sessions.slug, slug),
        inArray(sessions.state, [...activeSessionStates]),
        lt(sessions.generation, generation),
        isNull(sessions.claimOwner),
      ),
    );
}

const limitReached = {
  reason: "time_limit",
  detail: "The time limit is reached. Taking a snapshot and stopping.",
} as const;
const hoursUsedUp = {
  reason: "gpu_hours",
  detail: "The week's GPU-hours are used up. Taking a snapshot and stopping.",
} as const;

/**
 * Ends sessions whose time limit has passed or whose owner's GPU-hours are used up, snapshot first. For want of hours
 * none is ended whose host is silent: nobody could be warned, and it could not be stopped. Returns how many.
 */
export async function stopOverdue(db: Db): Promise<number> {
  const overdue = await db
    .select({ ...facts, endsWithHours: sessions.endsWithHours })
    .from(sessions)
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .where(
      and(
        inArray(sessions.state, statesBefore("STOPPING")),
        lte(sessions.stopsAt, dbNow),
        or(eq(sessions.endsWithHours, false), reachableNode),
      ),
    );
  let stopped = 0;
  for (const session of overdue) {
    const order = { ...(session.endsWithHours ? hoursUsedUp : limitReached), overdue: "stopsAt" } as const;
    if (await inTransaction(db, (tx) => beginStop(tx, session, order, systemAuditor))) stopped++;
  }
  return stopped;
}

/** How long before a time limit its owner is told, in ms: enough to save and to copy. */
const endingSoonMs = 10 * 60_000;

/** Tells owners of time limits that are near, once for each limit; one that is extended is told of anew. */
export async function warnOfEnds(db: Db): Promise<void> {
  const near = await db
    .select({ ...facts, stopsAt: sessions.stopsAt })
    .from(sessions)
    .where(
      and(
        eq(sessions.state, "RUNNING"),
        // An end for want of GPU-hours is told when it is set; that of the hours held, where it is sooner, by its own loop.
        eq(sessions.endsWithHours, false),
        eq(sessions.endsAt, sessions.stopsAt),
        gt(sessions.stopsAt, dbNow),
        lte(sessions.stopsAt, dbNowPlus(endingSoonMs)),
        // Who asked for a few minutes knows.
        sql`${sessions.stopsAt} > ${sessions.runningAt} + interval ${endingSoonMs / 1000} second`,
      ),
    );
  for (const { stopsAt, ...session } of near) {
    if (stopsAt === null) continue;
    await inTransaction(db, async (tx) => {
      if (await stillEndsAt(tx, session, stopsAt)) await tellEnd(tx, session, "session_ending", stopsAt);
    });
  }
}

/** Under a lock that an extension waits for, so that it finds the notice and takes it back. */
async function stillEndsAt(tx: Tx, { id }: SessionFacts, stopsAt: Date): Promise<boolean> {
  const [row] = await tx
    .select({ stopsAt: sessions.stopsAt })
    .from(sessions)
    .where(eq(sessions.id, id))
    .for("update");
  return row?.stopsAt?.getTime() === stopsAt.getTime();
}

/** Has another condition or none. While changed keys wait to be pushed, the condition is the pushing's, which clears it. */
function lacks(condition: string): SQL | undefined {
  return and(
    eq(sessions.keysVersion, sessions.keysPushedVersion),
    or(isNull(sessions.condition), ne(sessions.condition, condition)),
  );
}

/** Shows what keeps a node's running sessions from being seen to. Nothing else changes. */
export function setRunningCondition(db: Db, nodeId: number, condition: string): Promise<void> {
  return writeCondition(db, and(eq(sessions.nodeId, nodeId), lacks(condition)), condition);
}

/** Takes that condition away again; another one stays for who set it. */
export function clearRunningCondition(db: Db, nodeId: number, condition: string): Promise<void> {
  return writeCondition(db, and(eq(sessions.nodeId, nodeId), eq(sessions.condition, condition)), null);
}

/** Shows what keeps one running session from being seen to, unless it was taken up meanwhile. */
export function showCondition(db: Db, session: SessionFacts, condition: string): Promise<void> {
  const same = and(eq(sessions.id, session.id), eq(sessions.generation, session.generation));
  return writeCondition(db, and(same, lacks(condition)), condition);
}

function writeCondition(db: Db, which: SQL | undefined, condition: string | null): Promise<void> {
  return inTransaction(db, async (tx) => {
    const differs = and(eq(sessions.state, "RUNNING"), which);
    const affected = await tx
      .select({ userId: sessions.userId, slug: sessions.slug })
      .from(sessions)
      .where(differs);
    if (affected.length === 0) return;
    await tx.update(sessions).set({ condition }).where(differs);
    await recordChanges(
      tx,
      affected.map(({ userId, slug }) => ({ userId, topic: "sessions", resource: slug })),
    );
  });
}

/** Workspaces in use on a node, to be measured. */
export function activeWorkspaces(
  db: Db,
  nodeId: number,
): Promise<{ id: number; publicId: string; generation: number; slug: string }[]> {
  return db
    .select({
      id: workspaces.id,
      publicId: workspaces.publicId,
      generation: sessions.workspaceGeneration,
      slug: sessions.slug,
    })
    .from(sessions)
    .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
    .where(and(eq(sessions.activeNodeId, nodeId), eq(sessions.state, "RUNNING")));
}

/** A container that no session stood for was removed: its snapshot is listed with its workspace, and the audit tells. */
export function recordOrphan(
  db: Db,
  container: { slug: string; workspaceId: string; state: string | null },
  outcome: { snapshot: TakenSnapshot | null; snapshotError: string | null },
): Promise<void> {
  return inTransaction(db, async (tx) => {
    const [workspace] = await tx
      .select({ id: workspaces.id, userId: workspaces.userId })
      .from(workspaces)
      .where(eq(workspaces.publicId, container.workspaceId));
    if (workspace && outcome.snapshot) {
      await insertSnapshot(tx, workspace.id, outcome.snapshot, { reason: "recovery" });
      await recordChange(tx, {
        userId: workspace.userId,
        topic: "workspaces",
        resource: container.workspaceId,
      });
    }
    await recordAudit(tx, systemAuditor, {
      action: "session.orphan_removed",
      resource: container.slug,
      detail: {
        workspace: container.workspaceId,
        sessionState: container.state,
        snapshot: outcome.snapshot?.snapshotId ?? null,
        snapshotError: outcome.snapshotError,
      },
    });
  });
}
