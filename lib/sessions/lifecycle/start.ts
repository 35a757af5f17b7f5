import { eq, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { sessions, workspaces } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordChange, systemAuditor } from "@/lib/audit/record";
import { freePorts } from "../commands/ports";
import { beginStop } from "../commands/stop";
import type { EngineIdentity } from "../rules";
import { addEvent, ClaimLost, fenced, type SessionClaim } from "./claim";

/** The first login goes before the first probe, which would take a core from it. ms */
const firstProbeMs = 2_000;

/** @throws ClaimLost when the fence no longer holds */
async function fencedUpdate(
  tx: Tx,
  claim: SessionClaim,
  set: MySqlUpdateSetSource<typeof sessions>,
): Promise<void> {
  const [result] = await tx.update(sessions).set(set).where(fenced(claim));
  if (result.affectedRows === 0) throw new ClaimLost(claim.session.slug);
}

/**
 * The data set and host key exist: remembers the proof that later snapshots and the destroying need.
 * @throws ClaimLost
 */
export function recordWorkspaceReady(
  db: Db,
  claim: SessionClaim,
  made: { identity: string; hostPublicKey: string },
): Promise<void> {
  return inTransaction(db, async (tx) => {
    await fencedUpdate(tx, claim, { condition: null });
    await tx
      .update(workspaces)
      .set({ identity: made.identity, hostPublicKey: made.hostPublicKey, lastUsedAt: dbNow })
      .where(eq(workspaces.id, claim.workspace.id));
    await addEvent(tx, claim.session, "workspace_ready", `Workspace "${claim.workspace.name}" is ready.`);
  });
}

/** @throws ClaimLost */
export function recordContainerStarted(db: Db, claim: SessionClaim): Promise<void> {
  return inTransaction(db, async (tx) => {
    await fencedUpdate(tx, claim, { condition: null });
    await addEvent(
      tx,
      claim.session,
      "container_started",
      `Container started on GPU ${claim.gpu.index} (${claim.gpu.model}).`,
    );
  });
}

/**
 * The host has the port in use: moves the session to the next free one.
 * @returns the new port, null when every other one is taken
 * @throws ClaimLost
 */
export function movePort(db: Db, claim: SessionClaim, busyPort: number): Promise<number | null> {
  const { session } = claim;
  return inTransaction(db, async (tx) => {
    for (const port of await freePorts(tx, session.nodeId, busyPort)) {
      try {
        await fencedUpdate(tx, claim, {
          sshPort: port,
          portsTried: sql`${sessions.portsTried} + 1`,
        });
      } catch (error) {
        if (violatedKey(error) === "sessions_active_port") continue;
        throw error;
      }
      await addEvent(tx, session, "port_moved", `Port ${busyPort} is in use on the host; moved to ${port}.`);
      return port;
    }
    return null;
  });
}

/**
 * sshd answered with the workspace's host key: the session runs, and its time limit begins; after a restart it goes on.
 * `startedUnder` is what the host said of itself at this very start: the node's row may be of the engine before.
 * @throws ClaimLost
 */
export function markRunning(db: Db, claim: SessionClaim, startedUnder: EngineIdentity): Promise<void> {
  const { session } = claim;
  return inTransaction(db, async (tx) => {
    await fencedUpdate(tx, claim, {
      state: "RUNNING",
      // After a restart both are set and stay.
      runningAt: sql`coalesce(${sessions.runningAt}, ${dbNow})`,
      stopsAt: sql`coalesce(${sessions.stopsAt}, ${dbNow} + interval ${sessions.ttlMinutes} minute)`,
      bootId: startedUnder.bootId,
      engineStartedAt: startedUnder.engineStartedAt,
      keysPushedVersion: session.keysVersion,
      probeDueAt: dbNowPlus(firstProbeMs),
      probeCause: "started",
      probeClaim: sql`${sessions.probeClaim} + 1`,
      condition: null,
      attempts: 0,
      portsTried: 0,
      claimOwner: null,
      claimExpiresAt: null,
    });
    await addEvent(tx, session, "running", "SSH answers with the workspace's host key. Ready.");
    await recordChange(tx, { userId: null, topic: "gpus" });
  });
}

/**
 * The start failed for good: says why, and hands the session to the stop that clears up. The workspace stays.
 * @throws ClaimLost
 */
export function failStart(db: Db, claim: SessionClaim, error: string): Promise<void> {
  const { session, generation } = claim;
  return inTransaction(db, async (tx) => {
    const order = { reason: "start_failed", error, detail: error, generation } as const;
    if (!(await beginStop(tx, session, order, systemAuditor))) throw new ClaimLost(session.slug);
  });
}
