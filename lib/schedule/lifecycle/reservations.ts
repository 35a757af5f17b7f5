import { and, asc, eq, isNotNull, isNull, lte, or } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { reservations, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { micros, textOf } from "@/lib/kernel/money";
import { notifyAgain } from "@/lib/notices/notify";
import { postTransfers } from "@/lib/wallet/post";
import { isFrozen, openHolds } from "@/lib/wallet/queries";
import { priceText } from "@/lib/wallet/rules";
import type { AwayReason } from "../away-rules";
import { gpuName } from "../booking";
import type { CancelReason } from "../reservation-model";
import { cancellationOf, holdKey, nextStep } from "../reservation-rules";
import { slotMs } from "../rules";
import {
  endEarly,
  endOfHold,
  type LockedReservation,
  lockReservation,
  settleRest,
  tellChanged,
} from "../settling";

/** Reservations of which something is due, by internal id: an hour has begun, the last is over, or its owner is disabled. */
export async function dueReservations(db: Db): Promise<number[]> {
  const rows = await db
    .select({ id: reservations.id })
    .from(reservations)
    .innerJoin(users, eq(users.id, reservations.userId))
    .where(
      and(
        isNull(reservations.settledAt),
        or(
          lte(reservations.paidUntil, dbNow),
          isNotNull(users.disabledAt),
          eq(reservations.state, "cancelled"),
        ),
      ),
    )
    .orderBy(asc(reservations.id));
  return rows.map(({ id }) => id);
}

/**
 * Does the next thing that is due of a reservation: pays an hour that has begun, or gives it back where its GPU is away,
 * which makes it active, completes it, or cancels what can't go on. Each step is one transaction under its owner's lock, so
 * that it may be cut off anywhere, seen late, or done by several workers at once: it comes to the same.
 * @returns whether there was something to do; there may be more
 */
export function advanceReservation(db: Db, id: number): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const locked = await lockReservation(tx, eq(reservations.id, id));
    if (!locked) return false;
    const { reservation, gpu, disabled, now } = locked;
    if (reservation.state === "cancelled") return settleRest(tx, locked);
    const step = nextStep(reservation, { disabled, gpu }, now);
    if (step === null) return false;
    if (step.do === "pay") await endHour(tx, locked, null);
    else if (step.do === "give_back") await endHour(tx, locked, step.why);
    else if (step.do === "cancel") await cancel(tx, locked, step.why);
    else await complete(tx, locked);
    return true;
  });
}

/** @param away why the hour is given back; null where it is paid */
async function endHour(tx: Tx, locked: LockedReservation, away: AwayReason | null): Promise<void> {
  const { reservation, gpu, now } = locked;
  const { id, publicId, userId, rateCurrency, paidUntil: hour, activatedAt, lostHours } = reservation;
  const key = holdKey(publicId, hour);
  const isHeld = (await openHolds(tx, [key])).has(key);
  if (!isHeld || (await isFrozen(tx, userId, rateCurrency))) return cancel(tx, locked, "no_funds");
  const paidUntil = new Date(hour.getTime() + slotMs);
  await tx
    .update(reservations)
    .set({
      state: "active",
      paidUntil,
      activatedAt: activatedAt ?? now,
      lostHours: away === null ? lostHours : lostHours + 1,
    })
    .where(eq(reservations.id, id));
  await postTransfers(tx, [endOfHold(publicId, hour, away === null ? paidUntil : hour)]);
  if (away !== null) await tellLost(tx, locked, away);
  await tellChanged(tx, gpu);
}

/** In one unread notice however many hours it has come to. */
async function tellLost(tx: Tx, { reservation, gpu }: LockedReservation, why: AwayReason): Promise<void> {
  const { publicId, userId, rate, rateCurrency, paidUntil } = reservation;
  const slot = paidUntil.toISOString();
  const detail = { slot, why, since: gpu.away?.since.toISOString() };
  await recordAudit(tx, systemAuditor, { action: "reservation.give_back", resource: publicId, detail });
  const about = `reservation_hours_lost:${publicId}`;
  await notifyAgain(tx, userId, { about, key: `${about}:${slot}` }, (unread) => {
    const before = unread?.kind === "reservation_hours_lost" ? unread : { slot, hours: 0 };
    const hours = before.hours + 1;
    return {
      kind: "reservation_hours_lost",
      ...{ reservationId: publicId, gpu: gpuName(gpu), slot: before.slot, hours, why },
      refund: priceText(textOf(micros(rate * BigInt(hours))), rateCurrency),
    };
  });
}

async function cancel(tx: Tx, locked: LockedReservation, why: CancelReason): Promise<void> {
  const { reservation, gpu, now } = locked;
  const planned = required(cancellationOf(reservation, why, gpu, now), "hours to give back");
  await endEarly(tx, locked, why, planned, systemAuditor);
}

async function complete(tx: Tx, { reservation, gpu, now }: LockedReservation): Promise<void> {
  const { id, endsAt } = reservation;
  await tx
    .update(reservations)
    .set({ state: "completed", endedAt: endsAt, settledAt: now })
    .where(eq(reservations.id, id));
  await tellChanged(tx, gpu);
}
