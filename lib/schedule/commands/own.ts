import { readLabSettings } from "@/lib/auth/lab-settings";
import { type Micros, microsOf } from "@/lib/kernel/money";
import { creditsOf } from "../credits";
import type { BulkInput, BulkView, SlotInput, SlotView } from "../model";
import { gpuRefusal, releaseOn, saleKey, slotReference, takeOn } from "../slot-rules";
import { type Change, changeSlots, changeTogether, credit, type ScheduleContext, toSlotView } from "./change";

/** @param refund what comes back for each */
export function releasing(refund: Micros): Change {
  return {
    action: "slot.release",
    decide: releaseOn,
    transfers: ({ before }, userId) =>
      refund === 0n
        ? []
        : [
            {
              type: "posted",
              key: `${saleKey(before.gpu.publicId, before.startsAt, before.n)}:release`,
              debit: { system: "revenue", ...credit },
              credit: { user: userId, ...credit },
              amount: refund,
              kind: "release",
              reference: slotReference(before.gpu.publicId, before.startsAt),
            },
          ],
    hold: () => null,
  };
}

const taking: Change = {
  action: "slot.take",
  decide: (slot, taker, phase) => {
    const refusal = gpuRefusal(slot.gpu, phase);
    return refusal ? { refusal } : takeOn(slot, taker, phase);
  },
  transfers: ({ before, after }, userId) => [
    {
      type: "posted",
      key: saleKey(before.gpu.publicId, before.startsAt, after.n),
      debit: { user: userId, ...credit },
      credit: { system: "revenue", ...credit },
      amount: creditsOf(after.price),
      kind: "take",
      reference: slotReference(before.gpu.publicId, before.startsAt),
    },
  ],
  hold: () => null,
};

async function refundOf({ db }: ScheduleContext): Promise<Micros> {
  return microsOf((await readLabSettings(db)).releaseRefund);
}

/** Gives a slot to come back for a part of a credit; somebody else may take it then. @throws AppError as `changeSlots` */
export async function releaseSlot(context: ScheduleContext, slot: SlotInput): Promise<SlotView> {
  const change = releasing(await refundOf(context));
  return toSlotView(await changeSlots(context, [slot], null, change), context.actor.username);
}

/** The same for several, all of them or none. */
export async function releaseSlots(context: ScheduleContext, input: BulkInput): Promise<BulkView> {
  const refund = await refundOf(context);
  return changeTogether(
    context,
    input,
    () => releasing(refund),
    () => refund,
  );
}

/** Has a slot at once that nobody holds, for one credit. @throws AppError as `changeSlots` */
export async function takeSlot(context: ScheduleContext, slot: SlotInput): Promise<SlotView> {
  return toSlotView(await changeSlots(context, [slot], null, taking), context.actor.username);
}

/** The same for several, all of them or none. */
export function takeSlots(context: ScheduleContext, input: BulkInput): Promise<BulkView> {
  return changeTogether(
    context,
    input,
    () => taking,
    ({ after }) => creditsOf(after.price),
  );
}
