import { and, eq, inArray, isNotNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { Db, DbOrTx, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, sessions, users } from "@/db/schema";
import { inTransaction, isLockTimeout } from "@/db/tx";
import { recordChange, systemAuditor } from "@/lib/audit/record";
import { reachableNode } from "@/lib/fleet/queries";
import { inLanes } from "@/lib/kernel/lanes";
import { minutesText } from "@/lib/kernel/minutes";
import { firstHourOfOthers, nameAt, runEndOf } from "@/lib/schedule/queries/holder";
import { beginStop, mustLeave } from "../commands/stop";
import { type HourEnd, hourEndsTold, tellHourEnd, tellSoonerEnd, withdrawHourEnd } from "../end-notices";
import { hourMarkOf, leavesAt, statesBefore } from "../rules";
import { addEvent } from "./claim";

const goesOn = inArray(sessions.state, statesBefore("STOPPING"));

/** On GPUs whose hours are sold, and those whose GPU's were until now. */
const bound = and(goesOn, or(ne(gpus.mode, "on-demand"), isNotNull(sessions.heldUntil)));

/** Transactions side by side: one whose owner's row is locked keeps no other waiting. */
const lanes = 8;
/** How long each waits for its owner's row, which a long bulk of bids may have. The next round comes as soon. seconds */
const patienceSeconds = 1;

/** When the hours end in which it may run. One that began before its GPU's hours were sold goes on until somebody else's. */
const hoursEnd = sql`case when ${gpus.mode} = 'on-demand' then null
  when ${sessions.needsHeldHours} then ${runEndOf(sessions.gpuId, sessions.userId)}
  else ${firstHourOfOthers(sessions.gpuId, sessions.userId)} end`.mapWith(
  sessions.heldUntil,
) as SQL<Date | null>;

/** Sessions, and when their hours end as of this statement. */
function lookAt(db: DbOrTx, which: SQL | undefined) {
  return db
    .select({
      id: sessions.id,
      userId: sessions.userId,
      gpuId: sessions.gpuId,
      slug: sessions.slug,
      exposure: sessions.exposure,
      state: sessions.state,
      stopsAt: sessions.stopsAt,
      endsAt: sessions.endsAt,
      endsWithHours: sessions.endsWithHours,
      heldUntil: sessions.heldUntil,
      needsHeldHours: sessions.needsHeldHours,
      mode: gpus.mode,
      hoursEnd,
      now: dbNow,
    })
    .from(sessions)
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .where(which);
}

type Looked = Awaited<ReturnType<typeof lookAt>>[number];

/**
 * Keeps sessions on GPUs whose hours are sold to the hours in which they may run: their end moves as their owners win,
 * take and release hours, and is told ahead. All are looked at together and without locks; of most nothing is due. Any
 * number of workers may do it at once.
 */
export async function applyHeldHours(db: Db): Promise<void> {
  const found = await lookAt(db, bound);
  const told = await hourEndsTold(
    db,
    found.flatMap((each) => warningOf(each, each.heldUntil) ?? []),
  );
  const isDue = (each: Looked) => {
    const warning = warningOf(each, each.heldUntil);
    return isMoved(each, endOf(each)) || (warning !== null && !told(warning));
  };
  await inLanes(found.filter(isDue), lanes, (each) =>
    inTransaction(db, async (tx) => {
      const current = await settle(tx, each);
      if (current) await warn(tx, current);
    }),
  );
}

/**
 * Ends sessions whose hours are over in less than a minute, snapshot first, so that the next holder starts on the hour.
 * Looks once more at who holds what: an hour that was taken just now keeps the session. On a silent host none is ended:
 * nobody could be warned, and it could not be stopped. Returns how many.
 */
export async function stopOutOfHours(db: Db): Promise<number> {
  const due = await lookAt(db, and(bound, mustLeave, reachableNode));
  const ended = await inLanes(due, lanes, (each) =>
    inTransaction(db, async (tx) => {
      const current = await settle(tx, each);
      return current !== null && (await beginStop(tx, current, hourEnded, systemAuditor));
    }),
  );
  return ended.filter(Boolean).length;
}

const hourEnded = {
  reason: "hour_ended",
  detail: "The hours in which it may run on this GPU are over. Taking a snapshot and stopping.",
  overdue: "heldUntil",
} as const;

/** The end to be written. Where the running hour is not its owner's any more it is over at once, if it isn't already. */
function endOf({ mode, needsHeldHours, heldUntil, hoursEnd: end, now }: Looked): Date | null {
  if (mode === "on-demand" || !needsHeldHours || end !== null) return end;
  return heldUntil !== null && heldUntil < now ? heldUntil : now;
}

const isMoved = ({ heldUntil }: Looked, end: Date | null): boolean => end?.getTime() !== heldUntil?.getTime();

/**
 * Its owner's row, locked as `lockUser` does: they alone change which hours are theirs.
 * @returns false where somebody else goes on having it
 */
async function lockOwner(tx: Tx, userId: number): Promise<boolean> {
  try {
    await tx.execute(
      sql`select disabled_at from ${users} where ${eq(users.id, userId)} for update wait ${sql.raw(String(patienceSeconds))}`,
    );
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}

/**
 * Writes when the session's hours end, as of now; its owner is locked until the transaction ends.
 * @returns null once it has to stop by itself or has ended, and where the next round sees to it
 */
async function settle(tx: Tx, { id, userId }: Pick<Looked, "id" | "userId">): Promise<Looked | null> {
  if (!(await lockOwner(tx, userId))) return null;
  const [session] = await lookAt(tx, and(eq(sessions.id, id), goesOn));
  if (!session) return null;
  const { now, heldUntil } = session;
  const end = endOf(session);
  if (!isMoved(session, end)) return session;
  const needsHeldHours = end !== null && session.needsHeldHours;
  const [result] = await tx
    .update(sessions)
    .set({ heldUntil: end, needsHeldHours })
    .where(and(eq(sessions.id, id), goesOn));
  if (result.affectedRows === 0) return null;
  await withdrawHourEnd(tx, session);
  const [written = session] = await lookAt(tx, eq(sessions.id, id));
  await tellSoonerEnd(tx, session, written);
  await addEvent(tx, session, "hours_changed", changeText(heldUntil, end, now));
  await recordChange(tx, { userId: null, topic: "gpus" });
  return written;
}

function changeText(before: Date | null, end: Date | null, now: Date): string {
  if (end === null) return "Nobody else holds an hour of the GPU any more: no hour ends it.";
  const left = minutesText(Math.max(0, Math.floor((end.getTime() - now.getTime()) / 60_000)));
  const how = before === null || end < before ? "end" : "go on: they end";
  return `The hours in which it may run on this GPU ${how} in ${left}.`;
}

/** What the owner of a running session is to be told of the end of its hours now; null for nothing. */
function warningOf(session: Looked, heldUntil: Date | null): HourEnd | null {
  if (session.state !== "RUNNING" || heldUntil === null) return null;
  const endsAt = leavesAt(heldUntil);
  // Its own limit ends it first, and tells so.
  if (session.stopsAt !== null && session.stopsAt < endsAt) return null;
  const due = hourMarkOf(endsAt, session.now);
  return due && { session, endsAt, ...due };
}

/** Tells the owner of a running session that its hours end soon, once for each mark and end. */
async function warn(tx: Tx, session: Looked): Promise<void> {
  const warning = warningOf(session, session.heldUntil);
  if (warning === null || session.heldUntil === null) return;
  const { gpuId, mode, heldUntil } = session;
  const person = await nameAt(tx, gpuId, heldUntil);
  if (!(await tellHourEnd(tx, warning, { person, booked: mode === "reservation" }))) return;
  const detail = `The hours in which it may run on this GPU end: it is snapshotted and stopped in ${minutesText(warning.left)}. Save your work.`;
  await addEvent(tx, session, "hour_ending", detail);
}
