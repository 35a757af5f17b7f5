"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { BulkInput, SlotInput } from "@/lib/schedule/model";
import type { BookInput, ExtendReservationInput, ReservationView } from "@/lib/schedule/reservation-model";

/** What became of a command on several hours; of a refusal also how many were done before it. */
export type SlotsResult = ActionResult<{ slots: number }> & { readonly done: number };

/** All of them or none. */
export async function bidOnSlots(input: BulkInput): Promise<SlotsResult> {
  const result = await runAction("schedule.bids.placeMany", (api) => api.schedule.bids.placeMany(input));
  return { ...result, done: result.ok ? result.data.slots : 0 };
}

/** All of them or none. */
export async function releaseSlots(input: BulkInput): Promise<SlotsResult> {
  const result = await runAction("schedule.slots.releaseMany", (api) =>
    api.schedule.slots.releaseMany(input),
  );
  return { ...result, done: result.ok ? result.data.slots : 0 };
}

/** One after the other, up to the first that is refused. */
async function oneByOne(
  slots: readonly SlotInput[],
  act: (slot: SlotInput) => Promise<ActionResult<unknown>>,
): Promise<SlotsResult> {
  for (const [done, slot] of slots.entries()) {
    const result = await act(slot);
    if (!result.ok) {
      const errors = { [`slots.${done}`]: result.problem.errors?.slot ?? result.problem.detail };
      return { ok: false, problem: { ...result.problem, errors }, done };
    }
  }
  return { ok: true, data: { slots: slots.length }, done: slots.length };
}

export async function undoBids({ slots }: BulkInput): Promise<SlotsResult> {
  return oneByOne(slots, (slot) => runAction("schedule.bids.undo", (api) => api.schedule.bids.undo(slot)));
}

export async function takeSlots({ slots }: BulkInput): Promise<SlotsResult> {
  return oneByOne(slots, (slot) => runAction("schedule.slots.take", (api) => api.schedule.slots.take(slot)));
}

export async function bookHours(input: BookInput): Promise<ActionResult<ReservationView>> {
  return runAction("reservations.book", (api) => api.reservations.book(input));
}

export async function extendReservation(
  input: ExtendReservationInput,
): Promise<ActionResult<ReservationView>> {
  return runAction("reservations.extend", (api) => api.reservations.extend(input));
}

/** Gives back what has not begun; the page asked first. */
export async function cancelReservation(input: { id: string }): Promise<ActionResult<ReservationView>> {
  return runAction("reservations.cancel", (api) => api.reservations.cancel(input));
}
