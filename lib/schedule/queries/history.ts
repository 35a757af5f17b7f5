import { and, asc, eq, gt, lte } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { bids, gpus, slots, users, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { HistoryView, SlotInput } from "../model";
import { slotIndexOf } from "../rules";
import { leadersOf, untouched } from "../slot-rules";

/** @throws AppError `not_found` for what is no slot of a week that is laid out */
async function findSlot(db: DbOrTx, { gpuId, slot }: SlotInput) {
  const startsAt = new Date(slot);
  const [gpu] = await db.select({ id: gpus.id }).from(gpus).where(eq(gpus.publicId, gpuId));
  const [week] = await db
    .select()
    .from(weeks)
    .where(and(lte(weeks.startsAt, startsAt), gt(weeks.endsAt, startsAt)));
  if (!gpu || !week || slotIndexOf({ start: week.startsAt, end: week.endsAt }, startsAt) === null) {
    throw new AppError("not_found", `There is no slot at ${slot} of GPU ${gpuId}.`);
  }
  return { gpuKey: gpu.id, startsAt, week: week.key };
}

/** A slot and all its bids: who led when, and who would have won at each moment. @throws AppError `not_found` */
export async function getHistory(db: DbOrTx, actor: Actor, input: SlotInput): Promise<HistoryView> {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
  const { gpuKey, startsAt, week } = await findSlot(db, input);
  const [row] = await db
    .select({ state: slots.state, price: slots.price, person: users.username })
    .from(slots)
    .leftJoin(users, eq(users.id, slots.userId))
    .where(and(eq(slots.gpuId, gpuKey), eq(slots.startsAt, startsAt)));
  const placed = await db
    .select({
      person: users.username,
      price: bids.price,
      placedAt: bids.placedAt,
      outcome: bids.outcome,
      endedAt: bids.endedAt,
    })
    .from(bids)
    .innerJoin(users, eq(users.id, bids.userId))
    .where(and(eq(bids.gpuId, gpuKey), eq(bids.startsAt, startsAt)))
    .orderBy(asc(bids.n));
  return {
    gpuId: input.gpuId,
    slot: startsAt.toISOString(),
    week,
    state: row?.state ?? untouched.state,
    person: row?.person ?? null,
    price: row?.price ?? untouched.price,
    bids: placed.map((bid) => ({
      ...bid,
      placedAt: bid.placedAt.toISOString(),
      endedAt: bid.endedAt?.toISOString() ?? null,
    })),
    leaders: leadersOf(placed).map(({ from, ...leader }) => ({ from: from.toISOString(), ...leader })),
  };
}
