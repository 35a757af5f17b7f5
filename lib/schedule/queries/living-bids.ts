import { and, eq } from "drizzle-orm";
import { slots, weeks } from "@/db/schema";
import type { LivingHolds } from "@/lib/wallet/ports";

/** Holds of bids that lead: each slot names the one that is held for it. Read by week, since leaders are all in one or two. */
export const livingBids: LivingHolds = async (db, holds) => {
  const rows = await db
    .select({ hold: slots.hold })
    .from(weeks)
    .innerJoin(slots, and(eq(slots.week, weeks.key), eq(slots.state, "leading")));
  const leading = new Set(rows.map(({ hold }) => hold));
  return new Set(holds.filter(({ key }) => leading.has(key)).map(({ id }) => id));
};
