import { and, asc, eq, inArray, lt, lte } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { gpus, nodes, plannedStarts, sessions, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { toActor } from "@/lib/auth/actor";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { heldUntil } from "@/lib/schedule/queries/holder";
import { lockUser } from "../commands/admit";
import { launchIn } from "../commands/launch";
import { plannedColumns } from "../planned-queries";
import { isLate, longestRetryMs, mayPass, readLaunch, retryAfterMs, unreadable } from "../planned-rules";
import { leavesAt, statesBefore } from "../rules";
import { type Start, tellNotStarted, tellStarted, tellWaiting, withdrawStart } from "../start-notices";

/** With its launch as it is stored. */
type PlannedRow = Omit<typeof plannedStarts.$inferSelect, "launch"> & { readonly launch: string };

/**
 * Starts the sessions that were planned for hours that have begun, in their owners' names and by the same rules as if they
 * launched them. Any number of workers may do it at once: each row is done under its owner's lock, once, in the
 * transaction that makes its session.
 * @returns how many were started
 * @throws what went wrong unexpectedly with some, after all others were seen to
 */
export async function startPlanned(db: Db, zone: string): Promise<number> {
  const due = await db
    .select({ id: plannedStarts.id, userId: plannedStarts.userId })
    .from(plannedStarts)
    .where(
      and(
        eq(plannedStarts.state, "PLANNED"),
        lte(plannedStarts.startsAt, dbNow),
        dueBy(plannedStarts.dueAt, longestRetryMs),
      ),
    )
    .orderBy(asc(plannedStarts.startsAt), asc(plannedStarts.id));
  let started = 0;
  const failures: unknown[] = [];
  for (const each of due) {
    try {
      if (await startOne(db, zone, each)) started++;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} planned starts failed.`);
  return started;
}

type Candidate = Pick<PlannedRow, "id" | "userId">;

async function startOne(db: Db, zone: string, each: Candidate): Promise<boolean> {
  try {
    return await inTransaction(db, async (tx) => {
      const planned = await current(tx, each);
      return planned !== null && (await isStillWanted(tx, planned)) && (await start(tx, planned, zone));
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await inTransaction(db, async (tx) => {
      const planned = await current(tx, each);
      if (planned) await putOff(tx, planned, error);
    });
    return false;
  }
}

interface Planned {
  readonly row: PlannedRow;
  readonly start: Start;
  /** By the database's clock. */
  readonly now: Date;
  /** The host has the GPU. */
  readonly present: boolean;
  /** When the hours end that its owner has of the GPU; null where this one is not theirs. */
  readonly heldUntil: Date | null;
}

/** The row as it is with its owner locked, who alone changes it and whose hours are whose; null once it was seen to. */
async function current(tx: Tx, { id, userId }: Candidate): Promise<Planned | null> {
  const { now } = await lockUser(tx, userId);
  const [found] = await tx
    .select({
      row: plannedColumns,
      gpuId: gpus.publicId,
      index: gpus.deviceIndex,
      present: gpus.present,
      node: nodes.name,
    })
    .from(plannedStarts)
    .innerJoin(gpus, eq(gpus.id, plannedStarts.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(and(eq(plannedStarts.id, id), eq(plannedStarts.state, "PLANNED")));
  if (!found) return null;
  const { row, gpuId, index, present, node } = found;
  const { exposure, startsAt } = row;
  return {
    row,
    now,
    present,
    start: { userId, exposure, startsAt, gpuId, gpu: `GPU ${index} on ${node}` },
    heldUntil: await heldUntil(tx, row.gpuId, userId, startsAt),
  };
}

/** Ends it where the hour is no longer its owner's, is over, or they are on the GPU already. */
async function isStillWanted(tx: Tx, planned: Planned): Promise<boolean> {
  const { row, now } = planned;
  if (planned.heldUntil === null) {
    await end(tx, planned, "LAPSED", "When the hour came you held it no more.");
    await withdrawStart(tx, planned.start);
    return false;
  }
  if (leavesAt(planned.heldUntil) <= now) {
    const reason = row.reason ?? "The lab's worker did not run while your hours lasted.";
    await end(tx, planned, "FAILED", reason);
    await tellNotStarted(tx, planned.start, reason);
    return false;
  }
  const [own] = await tx
    .select({ slug: sessions.slug })
    .from(sessions)
    .where(
      and(
        eq(sessions.activeGpuId, row.gpuId),
        eq(sessions.userId, row.userId),
        inArray(sessions.state, statesBefore("STOPPING")),
      ),
    );
  if (!own) return true;
  await end(tx, planned, "LAPSED", `Your session ${own.slug} was on the GPU already.`);
  await withdrawStart(tx, planned.start);
  return false;
}

/** @throws AppError what the launch is refused for */
async function start(tx: Tx, planned: Planned, zone: string): Promise<boolean> {
  const { row, start: told, present } = planned;
  const launch = readLaunch(row.launch);
  if (launch === null) return endUnreadable(tx, planned);
  if (!present) {
    throw new AppError("conflict", `${told.gpu} is not found in its host.`, { conflict: "no_gpu" });
  }
  const [user] = await tx.select().from(users).where(eq(users.id, row.userId));
  const context = {
    actor: toActor(required(user, "the planned session's owner"), "token"),
    requestId: `start:${told.gpuId}:${row.startsAt.getTime()}`,
    settings: { zone },
  };
  const session = await launchIn(tx, context, row.exposure, { ...launch, gpuId: told.gpuId });
  await tx
    .update(plannedStarts)
    .set({ state: "STARTED", sessionId: session.id, reason: null, endedAt: dbNow })
    .where(eq(plannedStarts.id, row.id));
  await tellStarted(tx, told, session.slug);
  return true;
}

async function end(tx: Tx, { row }: Planned, state: "FAILED" | "LAPSED", reason: string): Promise<void> {
  await tx.update(plannedStarts).set({ state, reason, endedAt: dbNow }).where(eq(plannedStarts.id, row.id));
  await recordChange(tx, { userId: row.userId, topic: "sessions" });
}

/** How much of a launch that can't be read is kept in the audit. */
const keptOfUnreadable = 500;

/** Ends what no later try could start either. The row is readable from then on, and the audit has what it was. */
async function endUnreadable(tx: Tx, planned: Planned): Promise<false> {
  const { row, start: told } = planned;
  await end(tx, planned, "FAILED", unreadable);
  await tx.update(plannedStarts).set({ launch: {} }).where(eq(plannedStarts.id, row.id));
  await tellNotStarted(tx, told, unreadable);
  const [owner] = await tx.select({ id: users.publicId }).from(users).where(eq(users.id, row.userId));
  const detail = {
    slot: row.startsAt.toISOString(),
    user: owner?.id,
    reason: unreadable,
    stored: row.launch.slice(0, keptOfUnreadable),
  };
  await recordAudit(tx, systemAuditor, { action: "session.unplan", resource: told.gpuId, detail });
  return false;
}

/** Tries again soon what may pass by itself, and tells its owner once it is late; everything else ends it. */
async function putOff(tx: Tx, planned: Planned, error: AppError): Promise<void> {
  const { row, now, heldUntil: until } = planned;
  const reason = error.message.slice(0, 1000);
  if (until === null || !mayPass(error, await hasStopping(tx, row.userId))) {
    await end(tx, planned, "FAILED", reason);
    await tellNotStarted(tx, planned.start, reason);
    return;
  }
  const sinceMs = now.getTime() - row.startsAt.getTime();
  await tx
    .update(plannedStarts)
    .set({ reason, dueAt: dbNowPlus(retryAfterMs(sinceMs)) })
    .where(eq(plannedStarts.id, row.id));
  if (isLate(sinceMs)) await tellWaiting(tx, planned.start, reason, leavesAt(until));
  if (reason !== row.reason) await recordChange(tx, { userId: row.userId, topic: "sessions" });
}

async function hasStopping(tx: Tx, userId: number): Promise<boolean> {
  const [one] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.state, "STOPPING")))
    .limit(1);
  return one !== undefined;
}

/** Removes what came of planned starts `keptMs` ago. */
export async function sweepPlanned(db: Db, keptMs: number): Promise<void> {
  await db.delete(plannedStarts).where(lt(plannedStarts.endedAt, dbNowPlus(-keptMs)));
}
