import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, lte } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { bids, gpus, slots, slotUsage, weekBudgets, weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { hourText } from "@/lib/kernel/zoned-time";
import type { CleanupView, WeekView } from "../model";
import { toWeekView } from "../queries/weeks";

type AdminContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "wake" | "settings">;

function requireManager({ actor }: AdminContext): void {
  if (!can(actor, "schedule.manage")) throw new AppError("forbidden", "This needs the admin role.");
}

/**
 * Closes the bidding on the open week now; the worker turns it. Asked again before that it changes nothing.
 * @throws AppError `forbidden`, `not_found`, `conflict` once it is turned
 */
export async function advanceWeek(context: AdminContext, key: string): Promise<WeekView> {
  requireManager(context);
  const { db, actor, requestId, settings } = context;
  const closed = await inTransaction(db, async (tx) => {
    const [open] = await tx.select().from(weeks).where(eq(weeks.key, key)).for("update");
    if (!open) throw new AppError("not_found", `There is no week ${key}.`);
    if (open.status !== "open") {
      const closed = `The bidding on the week of ${key} closed at ${hourText(open.closesAt, settings.zone)} already.`;
      throw new AppError("conflict", closed, { conflict: "closed" });
    }
    const [result] = await tx
      .update(weeks)
      .set({ closesAt: dbNow })
      .where(and(eq(weeks.key, key), eq(weeks.status, "open"), gt(weeks.closesAt, dbNow)));
    if (result.affectedRows === 0) return toWeekView(open);
    const [now] = await tx.select().from(weeks).where(eq(weeks.key, key));
    const week = toWeekView(required(now, "the week just closed"));
    const detail = { closesAt: { from: open.closesAt.toISOString(), to: week.closesAt } };
    await recordAudit(tx, { ...actor, requestId }, { action: "week.advance", resource: key, detail });
    await recordChange(tx, { userId: null, topic: "schedule", resource: key });
    return week;
  });
  context.wake();
  return closed;
}

/** Slots whose history is removed in one transaction. */
const batch = 500;

/** @returns how many slots and bids went */
async function forgetBatch(tx: Tx, week: string): Promise<{ slots: number; bids: number }> {
  const old = await tx
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt })
    .from(slots)
    .where(eq(slots.week, week))
    .orderBy(asc(slots.gpuId), asc(slots.startsAt))
    .limit(batch)
    .for("update");
  let gone = 0;
  for (const gpuId of new Set(old.map((slot) => slot.gpuId))) {
    const hours = old.filter((slot) => slot.gpuId === gpuId).map(({ startsAt }) => startsAt);
    const [removed] = await tx.delete(bids).where(and(eq(bids.gpuId, gpuId), inArray(bids.startsAt, hours)));
    await tx.delete(slots).where(and(eq(slots.gpuId, gpuId), inArray(slots.startsAt, hours)));
    gone += removed.affectedRows;
  }
  return { slots: old.length, bids: gone };
}

type Span = Pick<typeof weeks.$inferSelect, "key" | "startsAt" | "endsAt">;

/** Hours that were booked name no week. Read without a lock, which bookings of hours to come would wait for. */
async function forgetBooked(tx: Tx, { startsAt, endsAt }: Span): Promise<number> {
  const old = await tx
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt })
    .from(slots)
    .where(
      and(
        isNull(slots.week),
        eq(slots.state, "reserved"),
        gte(slots.startsAt, startsAt),
        lt(slots.startsAt, endsAt),
      ),
    )
    .orderBy(asc(slots.gpuId), asc(slots.startsAt))
    .limit(batch);
  for (const gpuId of new Set(old.map((slot) => slot.gpuId))) {
    const hours = old.filter((slot) => slot.gpuId === gpuId).map((slot) => slot.startsAt);
    await tx.delete(slots).where(and(eq(slots.gpuId, gpuId), inArray(slots.startsAt, hours)));
  }
  return old.length;
}

/** Who was on the GPUs in a week's hours, a GPU at a time: found by the primary key. */
async function forgetUsage(tx: Tx, { startsAt, endsAt }: Span): Promise<void> {
  const within = and(gte(slotUsage.startsAt, startsAt), lt(slotUsage.startsAt, endsAt));
  for (const { id } of await tx.select({ id: gpus.id }).from(gpus).orderBy(asc(gpus.id)))
    await tx.delete(slotUsage).where(and(eq(slotUsage.gpuId, id), within));
}

/** Written down with the first that goes, so that a removal that is cut off was somebody's, too. */
async function forgetWeek(
  { db, actor, requestId }: AdminContext,
  span: Span,
  keep: number,
): Promise<{ slots: number; bids: number }> {
  const { key: week } = span;
  const sum = { slots: 0, bids: 0 };
  const entry = { action: "week.cleanup", resource: week, detail: { keep } };
  for (let begun = false; ; begun = true) {
    const gone = await inTransaction(db, async (tx) => {
      if (!begun) await recordAudit(tx, { ...actor, requestId }, entry);
      return forgetBatch(tx, week);
    });
    const booked = await inTransaction(db, (tx) => forgetBooked(tx, span));
    if (gone.slots + booked === 0) break;
    sum.slots += gone.slots + booked;
    sum.bids += gone.bids;
  }
  await inTransaction(db, async (tx) => {
    await forgetUsage(tx, span);
    await tx.delete(weekBudgets).where(eq(weekBudgets.week, week));
    await tx.delete(weeks).where(and(eq(weeks.key, week), eq(weeks.status, "final")));
    await recordChange(tx, { userId: null, topic: "schedule" });
  });
  return sum;
}

/** Weeks with hours that are held for and not paid, as their leaders' accounts rest: without the slots nobody could pay them. */
async function weeksWithHolds(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectDistinct({ key: weeks.key })
    .from(weeks)
    .innerJoin(slots, and(eq(slots.week, weeks.key), eq(slots.state, "leading")));
  return new Set(rows.map(({ key }) => key));
}

/**
 * Removes what happened in weeks that are final and over, who was on the GPUs included, but for the newest `keep` of them and
 * those in which a bid is still held for. Reservations stay, and the ledger keeps what was paid.
 * @throws AppError `forbidden`
 */
export async function cleanUpWeeks(context: AdminContext, keep: number): Promise<CleanupView> {
  requireManager(context);
  const { db } = context;
  const over = await db
    .select({ key: weeks.key, startsAt: weeks.startsAt, endsAt: weeks.endsAt })
    .from(weeks)
    .where(and(eq(weeks.status, "final"), lte(weeks.endsAt, dbNow)))
    .orderBy(desc(weeks.key));
  const unsettled = await weeksWithHolds(db);
  const old = over
    .slice(keep)
    .reverse()
    .filter(({ key }) => !unsettled.has(key));
  const removed = { weeks: old.length, slots: 0, bids: 0 };
  for (const week of old) {
    const { slots: ofIt, bids: placed } = await forgetWeek(context, week, keep);
    removed.slots += ofIt;
    removed.bids += placed;
  }
  return removed;
}
