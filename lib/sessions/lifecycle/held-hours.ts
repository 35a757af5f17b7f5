import { and, eq, inArray, isNotNull, ne, or } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { gpus, nodes, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange, systemAuditor } from "@/lib/audit/record";
import { reachableNode } from "@/lib/fleet/queries";
import { minutesText } from "@/lib/kernel/minutes";
import { firstHourOfOthers, heldUntil } from "@/lib/schedule/queries/holder";
import { lockUser } from "../commands/admit";
import { beginStop, mustLeave } from "../commands/stop";
import { tellHourEnd, withdrawHourEnd } from "../end-notices";
import { hourMarkOf, leavesAt, statesBefore } from "../rules";
import { addEvent } from "./claim";

type Session = typeof sessions.$inferSelect;

/** On GPUs whose hours are sold, and those whose GPU's were until now. */
const bound = and(
  inArray(sessions.state, statesBefore("STOPPING")),
  or(ne(gpus.mode, "on-demand"), isNotNull(sessions.heldUntil)),
);

/**
 * Keeps sessions on GPUs whose hours are sold to the hours in which they may run: their end moves as their owners win,
 * take and release hours, and is told ahead. Any number of workers may do it at once.
 */
export async function applyHeldHours(db: Db): Promise<void> {
  const found = await db
    .select({ id: sessions.id, userId: sessions.userId })
    .from(sessions)
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .where(bound);
  for (const each of found) {
    await inTransaction(db, async (tx) => {
      const current = await settle(tx, each);
      if (current) await warn(tx, current);
    });
  }
}

/**
 * Ends sessions whose hours are over in less than a minute, snapshot first, so that the next holder starts on the hour.
 * Looks once more at who holds what: an hour that was taken just now keeps the session. On a silent host none is ended:
 * nobody could be warned, and it could not be stopped. Returns how many.
 */
export async function stopOutOfHours(db: Db): Promise<number> {
  const due = await db
    .select({ id: sessions.id, userId: sessions.userId })
    .from(sessions)
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .where(and(bound, mustLeave, reachableNode));
  let stopped = 0;
  for (const each of due) {
    const ended = await inTransaction(db, async (tx) => {
      const current = await settle(tx, each);
      return current !== null && (await beginStop(tx, current.session, hourEnded, systemAuditor));
    });
    if (ended) stopped++;
  }
  return stopped;
}

const hourEnded = {
  reason: "hour_ended",
  detail: "The hours in which it may run on this GPU are over. Taking a snapshot and stopping.",
  overdue: "heldUntil",
} as const;

interface Current {
  readonly session: Session;
  /** By the database's clock. */
  readonly now: Date;
}

/**
 * Writes when the session's hours end, as of now; its owner, who alone changes which hours are theirs, is locked until
 * the transaction ends.
 * @returns null once it has to stop by itself or has ended
 */
async function settle(tx: Tx, { id, userId }: { id: number; userId: number }): Promise<Current | null> {
  const { now } = await lockUser(tx, userId);
  const [row] = await tx
    .select({ session: sessions, mode: gpus.mode })
    .from(sessions)
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .where(and(eq(sessions.id, id), inArray(sessions.state, statesBefore("STOPPING"))));
  if (!row) return null;
  const { session } = row;
  const end = row.mode === "on-demand" ? null : await hoursEnd(tx, session, now);
  if (end?.getTime() === session.heldUntil?.getTime()) return { session, now };
  const needsHeldHours = end !== null && session.needsHeldHours;
  const [result] = await tx
    .update(sessions)
    .set({ heldUntil: end, needsHeldHours })
    .where(and(eq(sessions.id, id), inArray(sessions.state, statesBefore("STOPPING"))));
  if (result.affectedRows === 0) return null;
  await withdrawHourEnd(tx, session);
  await addEvent(tx, session, "hours_changed", changeText(session.heldUntil, end, now));
  await recordChange(tx, { userId: null, topic: "gpus" });
  return { session: { ...session, heldUntil: end, needsHeldHours }, now };
}

/** When the hours end in which it may run. One that began before its GPU's hours were sold goes on until somebody else's. */
async function hoursEnd(tx: Tx, session: Session, now: Date): Promise<Date | null> {
  const { gpuId, userId } = session;
  if (!session.needsHeldHours) return firstHourOfOthers(tx, gpuId, userId, now);
  const held = await heldUntil(tx, gpuId, userId, now);
  if (held !== null) return held;
  // Not theirs any more: over at once, if it isn't already.
  return session.heldUntil !== null && session.heldUntil < now ? session.heldUntil : now;
}

function changeText(before: Date | null, end: Date | null, now: Date): string {
  if (end === null) return "Nobody else holds an hour of the GPU any more: no hour ends it.";
  const left = minutesText(Math.max(0, Math.floor((end.getTime() - now.getTime()) / 60_000)));
  const how = before === null || end < before ? "end" : "go on: they end";
  return `The hours in which it may run on this GPU ${how} in ${left}.`;
}

/** Tells the owner of a running session that its hours end soon, once for each mark and end. */
async function warn(tx: Tx, { session, now }: Current): Promise<void> {
  if (session.state !== "RUNNING" || session.heldUntil === null) return;
  const end = leavesAt(session.heldUntil);
  // Its own limit ends it first, and tells so.
  if (session.stopsAt !== null && session.stopsAt < end) return;
  const due = hourMarkOf(end, now);
  if (due === null || !(await tellHourEnd(tx, session, end, due))) return;
  const detail = `The hours in which it may run on this GPU end: it is snapshotted and stopped in ${minutesText(due.left)}. Save your work.`;
  await addEvent(tx, session, "hour_ending", detail);
}
