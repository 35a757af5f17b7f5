import { and, eq, inArray, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessionEvents, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { notify } from "@/lib/notices/notify";
import type { CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import type { StopReason } from "../model";
import { statesBefore } from "../rules";

interface StopOrder {
  readonly reason: StopReason;
  /** For the timeline. */
  readonly detail: string;
  /** Makes the session end in ERROR. */
  readonly error?: string;
  /** Stop it only while its row still has this fencing number. */
  readonly generation?: number;
}

/**
 * The one way into STOPPING, from whatever holds a GPU. Takes the claim away, so that a start under way is fenced out, and
 * chooses the snapshot's id now, so that a repeated stop takes no second one. A session that never ran has nothing new to
 * snapshot.
 * @returns false when the session was not STARTING or RUNNING (any more)
 */
export async function beginStop(
  tx: Tx,
  session: { id: number; userId: number; slug: string },
  order: StopOrder,
): Promise<boolean> {
  const [result] = await tx
    .update(sessions)
    .set({
      state: "STOPPING",
      stopReason: order.reason,
      error: order.error?.slice(0, 1000) ?? null,
      stopRequestedAt: dbNow,
      stopSnapshotId: sql`if(${sessions.runningAt} is null, null, ${newPublicId("snp")})`,
      condition: null,
      claimOwner: null,
      claimExpiresAt: null,
      attempts: 0,
      nextAttemptAt: dbNow,
    })
    .where(
      and(
        eq(sessions.id, session.id),
        inArray(sessions.state, statesBefore("STOPPING")),
        order.generation === undefined ? undefined : eq(sessions.generation, order.generation),
      ),
    );
  if (result.affectedRows === 0) return false;
  await tx.insert(sessionEvents).values({
    sessionId: session.id,
    kind: order.error === undefined ? "stop_requested" : "failed",
    detail: order.detail.slice(0, 1000),
    at: dbNow,
  });
  await tell(tx, session, order);
  await recordChange(tx, { userId: session.userId, topic: "sessions", resource: session.slug });
  await recordChange(tx, { userId: null, topic: "gpus" });
  return true;
}

/** What its owner did not ask for, they are told. */
async function tell(
  tx: Tx,
  { userId, slug }: { userId: number; slug: string },
  order: StopOrder,
): Promise<void> {
  if (order.error !== undefined) {
    const content = { kind: "session_failed", slug, reason: order.error.slice(0, 1000) } as const;
    await notify(tx, userId, content, `session_failed:${slug}`);
  } else if (order.reason === "time_limit") {
    await notify(tx, userId, { kind: "session_time_limit", slug }, `session_time_limit:${slug}`);
  }
}

/**
 * Asks for a session's end. Stopping one that is stopping or has ended is success.
 * @param exposure null for the admin's route, which reaches any session
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function stopSession(
  context: CommandContext,
  exposure: Exposure | null,
  slug: string,
): Promise<void> {
  const { actor } = context;
  await inTransaction(context.db, async (tx) => {
    const [session] = await tx
      .select({
        id: sessions.id,
        slug: sessions.slug,
        userId: sessions.userId,
        exposure: sessions.exposure,
      })
      .from(sessions)
      .where(eq(sessions.slug, slug));
    const visible = session && (exposure === null || session.exposure === exposure);
    if (!visible || !can(actor, "session.stop", { ownerId: session.userId })) {
      throw new AppError("not_found", `No session ${slug}.`);
    }
    const own = session.userId === actor.userId;
    const stopped = await beginStop(tx, session, {
      reason: own ? "user" : "admin",
      detail: own ? "Stop asked for." : `Stop asked for by ${actor.username}, an admin.`,
    });
    if (!stopped) return;
    const auditor: Auditor = { ...actor, requestId: context.requestId };
    await recordAudit(tx, auditor, { action: "session.stop", resource: slug });
  });
  context.wake();
}

/**
 * Asks for the end of every session, for a shutdown of the whole installation that was told to take them along.
 * @returns how many were asked now
 */
export async function requestStopAll(db: Db, detail: string): Promise<number> {
  const rows = await db
    .select({ id: sessions.id, slug: sessions.slug, userId: sessions.userId })
    .from(sessions)
    .where(inArray(sessions.state, statesBefore("STOPPING")));
  let stopped = 0;
  for (const row of rows) {
    await inTransaction(db, async (tx) => {
      if (!(await beginStop(tx, row, { reason: "shutdown", detail }))) return;
      await recordAudit(tx, systemAuditor, {
        action: "session.stop",
        resource: row.slug,
        detail: { detail },
      });
      stopped++;
    });
  }
  return stopped;
}
