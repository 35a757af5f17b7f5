import { and, eq } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, slots, weeks } from "@/db/schema";
import type { LivingHolds, NeededHolds } from "@/lib/wallet/ports";
import { creditsOf } from "../credits";
import { slotReference } from "../slot-rules";

/** Slots that somebody leads. Read by week, since they are all in one or two. */
function ledSlots(db: DbOrTx) {
  return db
    .select({
      hold: slots.hold,
      userId: slots.userId,
      price: slots.price,
      startsAt: slots.startsAt,
      gpuId: gpus.publicId,
    })
    .from(weeks)
    .innerJoin(slots, and(eq(slots.week, weeks.key), eq(slots.state, "leading")))
    .innerJoin(gpus, eq(gpus.id, slots.gpuId));
}

/** Holds of bids that lead: each slot names the one that is held for it. */
const living: LivingHolds = async (db, holds) => {
  const leading = new Set((await ledSlots(db)).map(({ hold }) => hold));
  return new Set(holds.filter(({ key }) => leading.has(key)).map(({ id }) => id));
};

/** The price of every slot that is led: the week's turn posts it. */
const needed: NeededHolds = async (db) =>
  (await ledSlots(db)).flatMap(({ hold, userId, price, startsAt, gpuId }) =>
    userId === null
      ? []
      : {
          key: hold,
          account: { user: userId, currency: "CREDIT" },
          amount: creditsOf(price),
          reference: slotReference(gpuId, startsAt),
          freezes: true,
        },
  );

export const bidHolds = { living, needed };
