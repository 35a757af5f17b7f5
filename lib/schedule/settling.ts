import { and, eq, gt, gte, type SQL, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, reservations, sessions, slots, users } from "@/db/schema";
import { type Auditor, recordAudit, recordChange } from "@/lib/audit/record";
import { micros, textOf } from "@/lib/kernel/money";
import { notify } from "@/lib/notices/notify";
import { postTransfers } from "@/lib/wallet/post";
import { isFrozen, openHolds } from "@/lib/wallet/queries";
import { priceText, type TransferInput } from "@/lib/wallet/rules";
import { type Away, awayOf, isMissed } from "./away-rules";
import { type BookedGpu, bookedGpuColumns, gpuName, type Reservation } from "./booking";
import { lapseOf, lapseTransfers } from "./lapses";
import type { CancelReason } from "./reservation-model";
import { type Cancellation, holdKey, hoursBetween, payableUntil } from "./reservation-rules";

/** Whether a reservation's owner has a session that runs on its GPU, of a query that has both tables. */
export const isOccupied: SQL<boolean> = sql<boolean>`exists (
  select 1 from ${sessions}
  where ${eq(sessions.activeGpuId, reservations.gpuId)} and ${eq(sessions.userId, reservations.userId)}
    and ${eq(sessions.state, "RUNNING")}
)`.mapWith(Boolean);

/** A reservation that nobody else changes until the transaction ends: its owner's row is locked. */
export interface LockedReservation {
  readonly reservation: Reservation;
  readonly gpu: BookedGpu & { readonly away: Away | null };
  /** Whether its owner's account is disabled. */
  readonly disabled: boolean;
  /** By the database's clock, read once the lock is had. */
  readonly now: Date;
}

/** @param which of one reservation; whose it is never changes, so that may be read before the lock is had */
export async function lockReservation(tx: Tx, which: SQL): Promise<LockedReservation | null> {
  const [found] = await tx.select({ userId: reservations.userId }).from(reservations).where(which);
  if (!found) return null;
  await tx.select({ id: users.id }).from(users).where(eq(users.id, found.userId)).for("update");
  const [row] = await tx
    .select({
      reservation: reservations,
      gpu: bookedGpuColumns,
      occupied: isOccupied,
      disabledAt: users.disabledAt,
      now: dbNow,
    })
    .from(reservations)
    .innerJoin(users, eq(users.id, reservations.userId))
    .innerJoin(gpus, eq(gpus.id, reservations.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(which);
  if (!row) return null;
  const { reservation, gpu, occupied, disabledAt, now } = row;
  const away = awayOf({ ...gpu, occupied });
  return { reservation, gpu: { ...gpu, away }, disabled: disabledAt !== null, now };
}

/** Somebody's calendar, hours and money changed. */
export async function tellChanged(tx: Tx, gpu: BookedGpu): Promise<void> {
  await recordChange(tx, { userId: null, topic: "schedule", resource: gpu.publicId });
}

/** The end of what is held for an hour, as the reservation's days say: paid before `paidUntil`, given back from then on. */
export function endOfHold(publicId: string, hour: Date, paidUntil: Date): TransferInput {
  const pendingKey = holdKey(publicId, hour);
  const common = { pendingKey, kind: "reservation", reference: pendingKey } as const;
  return hour < paidUntil
    ? { type: "post", key: `${pendingKey}:paid`, ...common }
    : { type: "void", key: `${pendingKey}:free`, ...common };
}

/** Hours that become anybody's: what the auction never touched has no row. */
async function freeHours(tx: Tx, { id }: Reservation, from: Date): Promise<void> {
  const freed = and(eq(slots.reservationId, id), gte(slots.startsAt, from));
  await tx
    .update(slots)
    .set({ state: "released", userId: null, reservationId: null })
    .where(and(freed, gt(slots.n, 0)));
  await tx.delete(slots).where(freed);
}

/**
 * Cancels it: what is due is paid, the rest of what was held is given back, and the hours to come are anybody's. Of a
 * frozen account nothing moves, except that its owner is refused: what is held is given back once it may (`settleRest`).
 * @param planned as `cancellationOf` has it
 * @throws AppError `conflict` (`account_frozen`) for its owner
 */
export async function endEarly(
  tx: Tx,
  { reservation, gpu, now }: LockedReservation,
  why: CancelReason,
  planned: Cancellation,
  who: Auditor,
): Promise<void> {
  const { id, publicId, userId, rate, rateCurrency, endsAt } = reservation;
  const rests = why !== "by_owner" && (await isFrozen(tx, userId, rateCurrency));
  const unpaid = hoursBetween(reservation.paidUntil, endsAt);
  const held = await openHolds(
    tx,
    unpaid.map((hour) => holdKey(publicId, hour)),
  );
  const isOpen = (hour: Date) => held.has(holdKey(publicId, hour));
  const paidUntil = rests
    ? reservation.paidUntil
    : payableUntil(reservation.paidUntil, planned.paidUntil, isOpen);
  const settledAt = rests && held.size > 0 ? null : now;
  const ended = { state: "cancelled", cancelledWhy: why, paidUntil, endedAt: now, settledAt } as const;
  await tx.update(reservations).set(ended).where(eq(reservations.id, id));
  await freeHours(tx, reservation, planned.freedFrom);
  const givenBack = unpaid.filter((hour) => isOpen(hour) && hour >= paidUntil);
  const back = givenBack.length;
  const kept = givenBack.filter((hour) => !isMissed(hour, gpu.away, now));
  const lapsed = why === "by_owner" ? await lapseOf(tx, reservation, kept) : micros(0n);
  if (!rests) {
    await postTransfers(tx, [
      ...unpaid.filter(isOpen).map((hour) => endOfHold(publicId, hour, paidUntil)),
      ...lapseTransfers(reservation, lapsed),
    ]);
  }
  const refund = priceText(textOf(micros(rate * BigInt(back))), rateCurrency);
  const detail = {
    why,
    freedFrom: planned.freedFrom.toISOString(),
    refund,
    ...(lapsed > 0n && { lapsed: priceText(textOf(lapsed), rateCurrency) }),
  };
  await recordAudit(tx, who, { action: "reservation.cancel", resource: publicId, detail });
  if (why !== "by_owner") {
    const content = {
      kind: "reservation_cancelled",
      reservationId: publicId,
      gpu: gpuName(gpu),
      slot: planned.freedFrom.toISOString(),
      why,
      refund: settledAt === null || back === 0 ? null : refund,
      reason: why === "gpu_out_of_service" ? gpu.stateReason : null,
    } as const;
    await notify(tx, userId, content, `reservation_cancelled:${publicId}`);
  }
  await tellChanged(tx, gpu);
}

/** Gives back what is still held for one that was cancelled while its owner's account was frozen. */
export async function settleRest(tx: Tx, { reservation, gpu, now }: LockedReservation): Promise<boolean> {
  const { id, publicId, userId, rateCurrency, paidUntil, endsAt, settledAt, state } = reservation;
  if (state !== "cancelled" || settledAt !== null || (await isFrozen(tx, userId, rateCurrency))) return false;
  await tx.update(reservations).set({ settledAt: now }).where(eq(reservations.id, id));
  const unpaid = hoursBetween(paidUntil, endsAt);
  const held = await openHolds(
    tx,
    unpaid.map((hour) => holdKey(publicId, hour)),
  );
  await postTransfers(
    tx,
    unpaid
      .filter((hour) => held.has(holdKey(publicId, hour)))
      .map((hour) => endOfHold(publicId, hour, paidUntil)),
  );
  await tellChanged(tx, gpu);
  return true;
}
