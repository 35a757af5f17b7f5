import { eq } from "drizzle-orm";
import { reservations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { getReservation } from "../queries/reservations";
import type { ReservationView } from "../reservation-model";
import { cancellationOf } from "../reservation-rules";
import { endEarly, lockReservation } from "../settling";
import type { ReservationContext } from "./book";

/**
 * Gives the hours back that are to come. For its owner free until an hour before the first one, then the next is due; an
 * administrator takes nothing for another's. Asked again it changes nothing.
 * @throws AppError `not_found`, `conflict` (its last hour runs or is over; the owner's account is frozen)
 */
export async function cancelReservation(context: ReservationContext, id: string): Promise<ReservationView> {
  const { db, actor, requestId, settings } = context;
  await inTransaction(db, async (tx) => {
    const locked = await lockReservation(tx, eq(reservations.publicId, id));
    const ownerId = locked?.reservation.userId ?? null;
    if (!locked || !can(actor, "reservation.cancel", { ownerId })) {
      throw new AppError("not_found", `There is no reservation ${id}.`);
    }
    if (locked.reservation.state === "cancelled") return;
    const why = ownerId === actor.userId ? "by_owner" : "by_admin";
    const planned = cancellationOf(locked.reservation, why, locked.gpu, locked.now);
    if (!planned) {
      throw new AppError("conflict", "Its last hour has begun: there is nothing to give back.", {
        conflict: "closed",
      });
    }
    await endEarly(tx, locked, why, planned, { ...actor, requestId });
  });
  return getReservation(db, actor, settings.zone, id);
}
