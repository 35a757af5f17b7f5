import { isNull } from "drizzle-orm";
import { reservations } from "@/db/schema";
import type { LivingHolds } from "@/lib/wallet/ports";
import { holdKey, hoursBetween } from "../reservation-rules";

/** Holds of hours that are not paid yet, of reservations that are not over; or cancelled, while their account is frozen. */
export const livingReservations: LivingHolds = async (db, holds) => {
  const rows = await db
    .select({
      publicId: reservations.publicId,
      paidUntil: reservations.paidUntil,
      endsAt: reservations.endsAt,
    })
    .from(reservations)
    .where(isNull(reservations.settledAt));
  const living = new Set(
    rows.flatMap(({ publicId, paidUntil, endsAt }) =>
      hoursBetween(paidUntil, endsAt).map((hour) => holdKey(publicId, hour)),
    ),
  );
  return new Set(holds.filter(({ key }) => living.has(key)).map(({ id }) => id));
};
