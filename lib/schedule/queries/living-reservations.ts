import { isNull } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { reservations } from "@/db/schema";
import type { LivingHolds, NeededHolds } from "@/lib/wallet/ports";
import { holdKey, hoursBetween, isOpen } from "../reservation-rules";

/** Hours that are not paid yet, each with its reservation, of those for which something may be held. */
async function unpaidHours(db: DbOrTx) {
  const rows = await db
    .select({
      publicId: reservations.publicId,
      userId: reservations.userId,
      rate: reservations.rate,
      rateCurrency: reservations.rateCurrency,
      state: reservations.state,
      paidUntil: reservations.paidUntil,
      endsAt: reservations.endsAt,
    })
    .from(reservations)
    .where(isNull(reservations.settledAt));
  return rows.flatMap((row) =>
    hoursBetween(row.paidUntil, row.endsAt).map((hour) => ({ ...row, key: holdKey(row.publicId, hour) })),
  );
}

/** Holds of hours that are not paid yet, of reservations that are not over; or cancelled, while their account is frozen. */
const living: LivingHolds = async (db, holds) => {
  const keys = new Set((await unpaidHours(db)).map(({ key }) => key));
  return new Set(holds.filter(({ key }) => keys.has(key)).map(({ id }) => id));
};

/** What every hour to come of a reservation costs. Where it isn't held, the reservation is cancelled as the hour begins. */
const needed: NeededHolds = async (db) =>
  (await unpaidHours(db)).filter(isOpen).map(({ key, userId, rate, rateCurrency }) => ({
    key,
    account: { user: userId, currency: rateCurrency },
    amount: rate,
    reference: key,
    freezes: false,
  }));

export const reservationHolds = { living, needed };
