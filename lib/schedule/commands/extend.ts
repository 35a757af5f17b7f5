import { eq } from "drizzle-orm";
import { reservations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit } from "@/lib/audit/record";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { hourText } from "@/lib/kernel/zoned-time";
import { bookedDetail, bookFor, lockBookable, requireRate } from "../booking";
import { getReservation } from "../queries/reservations";
import type { ExtendReservationInput, ReservationView } from "../reservation-model";
import { isOpen } from "../reservation-rules";
import { lockReservation, tellChanged } from "../settling";
import { type ReservationContext, requireBookable } from "./book";

/**
 * Books the hours that follow a reservation, at the rate at which it was booked. To where it ends already it changes nothing.
 * @throws AppError as `bookHours`; `conflict` once it is over
 */
export async function extendReservation(
  context: ReservationContext,
  input: ExtendReservationInput,
): Promise<ReservationView> {
  const { db, actor, requestId, settings } = context;
  const known = await getReservation(db, actor, settings.zone, input.id);
  const endsAt = new Date(input.endsAt);
  await inTransaction(db, async (tx) => {
    const locked = await lockReservation(tx, eq(reservations.publicId, input.id));
    if (!locked) throw new AppError("not_found", `There is no reservation ${input.id}.`);
    const { reservation, disabled } = locked;
    if (disabled || !can(actor, "schedule.spend", { ownerId: reservation.userId })) {
      throw new AppError("forbidden", "Only whoever booked it can extend it.");
    }
    const { gpu, now } = await lockBookable(tx, known.gpuId, settings.zone);
    if (!isOpen(reservation) || reservation.endsAt <= now) {
      throw new AppError("conflict", "This reservation is over. Book the hours anew.", {
        conflict: "closed",
      });
    }
    if (endsAt.getTime() === reservation.endsAt.getTime()) return;
    if (endsAt < reservation.endsAt) {
      const message = `It ends at ${hourText(reservation.endsAt, settings.zone)} already.`;
      throw new AppError("invalid", message, { fields: { endsAt: message } });
    }
    const limits = await readLabSettings(tx);
    const { startsAt, endsAt: from } = reservation;
    requireBookable({ startsAt, endsAt, from }, limits, now, settings.zone);
    const added = { from, to: endsAt };
    requireRate(reservation, input.rate, added, "An hour of this reservation costs");
    await tx.update(reservations).set({ endsAt }).where(eq(reservations.id, reservation.id));
    await bookFor(tx, reservation, added, gpu, settings.zone);
    const detail = bookedDetail(gpu, reservation, added);
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "reservation.extend", resource: input.id, detail },
    );
    await tellChanged(tx, gpu);
  });
  return getReservation(db, actor, settings.zone, input.id);
}
