import { and, eq, inArray, lte, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { sessionEvents, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit, recordChanges, systemAuditor } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { notify } from "@/lib/notices/notify";
import type { CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import type { StopReason } from "../model";
import { statesBefore } from "../rules";

type StoppedSession = Pick<typeof sessions.$inferSelect, "id" | "userId" | "slug" | "exposure">;

interface StopOrder {
  readonly reason: StopReason;
  /** For the timeline. */
  readonly detail: string;
  /** Makes the session end in ERROR. */
  readonly error?: string;
  /** Stop it only while its row still has this fencing number. */
  readonly generation?: number;
  /** Stop it only if this end of its has come, which an extension may have moved meanwhile. */
  readonly overdue?: "stopsAt" | "heldUntil";
}

/** The hours in which it may run are nearly over: somebody else's begins. */
export const mustLeave = lte(sessions.heldUntil, dbNowPlus(leaveSeconds * 1000));

/**
 * The one way into STOPPING, from whatever holds a GPU, audited as `auditor`'s. Takes the claim away, so that a start under
 * way is fenced out, and chooses the snapshot's id now, so that a repeated stop takes no second one. A session that never
 * ran has nothing new to snapshot.
 * @returns false when the session was not STARTING or RUNNING (any more)
 */
export async function beginStop(
  tx: Tx,
  session: StoppedSession,
  order: StopOrder,
  auditor: Auditor,
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
        order.overdue === "stopsAt" ? lte(sessions.stopsAt, dbNow) : undefined,
        order.overdue === "heldUntil" ? mustLeave : undefined,
      ),
    );
  if (result.affectedRows === 0) return false;
  await tx.insert(sessionEvents).values({
    sessionId: session.id,
    kind: order.error === undefined ? "stop_requested" : "failed",
    detail: order.detail.slice(0, 1000),
    at: dbNow,
  });
  await recordAudit(tx, auditor, {
    action: "session.stop",
    resource: session.slug,
    detail: { reason: order.reason, ...(order.error === undefined ? {} : { error: order.error }) },
  });
  await tell(tx, session, order);
  await recordChanges(tx, [
    { userId: session.userId, topic: "sessions", resource: session.slug },
    { userId: null, topic: "gpus" },
  ]);
  return true;
}

/** What its owner did not ask for, they are told. */
async function tell(tx: Tx, session: StoppedSession, order: StopOrder): Promise<void> {
  const { userId, slug, exposure } = session;
  const about = { slug, exposure };
  if (order.error !== undefined) {
    const content = { kind: "session_failed", ...about, reason: order.error.slice(0, 1000) } as const;
    await notify(tx, userId, content, `session_failed:${slug}`);
  } else if (order.reason === "time_limit") {
    await notify(tx, userId, { kind: "session_time_limit", ...about }, `session_time_limit:${slug}`);
  } else if (order.reason === "gpu_hours") {
    await notify(tx, userId, { kind: "session_hours_used_up", ...about }, `session_hours_used_up:${slug}`);
  } else if (order.reason === "hour_ended") {
    await notify(tx, userId, { kind: "session_hour_ended", ...about }, `session_hour_ended:${slug}`);
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
    const order: StopOrder = {
      reason: own ? "user" : "admin",
      detail: own ? "Stop asked for." : `Stop asked for by ${actor.username}, an admin.`,
    };
    await beginStop(tx, session, order, { ...actor, requestId: context.requestId });
  });
  context.wake();
}

/**
 * Asks for the end of every session, for a shutdown of the whole installation that was told to take them along.
 * @returns how many were asked now
 */
export async function requestStopAll(db: Db, detail: string): Promise<number> {
  const rows = await db
    .select({
      id: sessions.id,
      slug: sessions.slug,
      userId: sessions.userId,
      exposure: sessions.exposure,
    })
    .from(sessions)
    .where(inArray(sessions.state, statesBefore("STOPPING")));
  let stopped = 0;
  for (const row of rows) {
    const order: StopOrder = { reason: "shutdown", detail };
    if (await inTransaction(db, (tx) => beginStop(tx, row, order, systemAuditor))) stopped++;
  }
  return stopped;
}
