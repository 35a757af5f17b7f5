import { asc, eq, sql } from "drizzle-orm";
import type { Db, DbOrTx, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { scheduleZone, slots, weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { type Week, weekAt, weekOf } from "./rules";

const theRow = eq(scheduleZone.id, 1);
const minuteMs = 60_000;

/** The zone in which the lab's weeks are laid out; null before there are any. */
export async function settledZone(db: DbOrTx): Promise<string | null> {
  const [row] = await db.select({ zone: scheduleZone.zone }).from(scheduleZone).where(theRow);
  return row?.zone ?? null;
}

async function isAnythingSold(db: DbOrTx): Promise<boolean> {
  const [sold] = await db.select({ gpuId: slots.gpuId }).from(slots).limit(1);
  return sold !== undefined;
}

function zoneFrozen(settled: string, wanted: string): AppError {
  return new AppError(
    "unavailable",
    `Hours of this lab are sold in weeks of ${settled}, and MEDFORGE_ZONE says ${wanted}. Set it back to ${settled}: weeks can't move under what people hold.`,
  );
}

/** @throws AppError `unavailable` when hours are sold in weeks of another zone */
export async function assertZone(db: DbOrTx, zone: string): Promise<void> {
  const settled = await settledZone(db);
  if (settled !== null && settled !== zone && (await isAnythingSold(db))) throw zoneFrozen(settled, zone);
}

/**
 * Whether hours are laid out in this zone, for who sells some of a week that has no row; with the zone's row locked.
 * @throws AppError `unavailable`
 */
export async function requireZone(tx: Tx, zone: string): Promise<void> {
  const settled = await settledZone(tx);
  if (settled === zone) return;
  const how = settled === null ? "not laid out yet" : `laid out in ${settled}, and not in ${zone}`;
  throw new AppError("unavailable", `The hours of this lab are ${how}: its worker does that as it starts.`);
}

/**
 * Lays out the weeks where there are none, the one that runs and the next, which is bid on; and lays them out anew in
 * another zone as long as nobody has bid on any hour or booked one. Any number of workers may do it at once.
 * @throws AppError `unavailable` when hours are sold in weeks of another zone
 */
export async function settleWeeks(db: Db, zone: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx
      .insert(scheduleZone)
      .values({ id: 1, zone, settledAt: dbNow })
      .onDuplicateKeyUpdate({ set: { id: sql`${scheduleZone.id}` } });
    const settled = required(await settledZone(tx), "the zone just settled");
    if (settled !== zone) await moveWeeks(tx, settled, zone);
    const [known] = await tx.select({ key: weeks.key }).from(weeks).limit(1);
    if (!known) await firstWeeks(tx, zone);
  });
}

async function firstWeeks(tx: Tx, zone: string): Promise<void> {
  const [clock] = await tx.select({ now: dbNow }).from(scheduleZone).where(theRow);
  const { key, start, end } = weekOf(required(clock, "the database's clock").now, zone);
  await tx.insert(weeks).values({
    key,
    startsAt: start,
    endsAt: end,
    closesAt: start,
    status: "executing",
    turnedAt: dbNow,
  });
  await openWeek(tx, weekOf(end, zone));
}

/** Under the locks of zone and weeks, which bookings and bids share: none is accepted meanwhile. */
async function moveWeeks(tx: Tx, from: string, to: string): Promise<void> {
  const all = await tx.select().from(weeks).orderBy(asc(weeks.key)).for("update");
  if (await isAnythingSold(tx)) throw zoneFrozen(from, to);
  for (const { key, startsAt, closesAt } of all) {
    const { start, end } = weekAt(key, to);
    const ahead = startsAt.getTime() - closesAt.getTime();
    await tx
      .update(weeks)
      .set({ startsAt: start, endsAt: end, closesAt: new Date(start.getTime() - ahead) })
      .where(eq(weeks.key, key));
  }
  await tx.update(scheduleZone).set({ zone: to, settledAt: dbNow }).where(theRow);
}

/** From now on bids on this week are taken, until it begins or as long before as the lab has set. */
export async function openWeek(tx: Tx, { key, start, end }: Week): Promise<void> {
  const { biddingClosesMinutes } = await readLabSettings(tx);
  const closesAt = new Date(start.getTime() - biddingClosesMinutes * minuteMs);
  await tx.insert(weeks).values({ key, startsAt: start, endsAt: end, closesAt, status: "open" });
}
