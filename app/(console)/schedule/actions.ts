"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { BulkInput, BulkView } from "@/lib/schedule/model";
import type { BookInput, ExtendReservationInput, ReservationView } from "@/lib/schedule/reservation-model";

/** What became of a command on several hours: all of them or none. */
export type SlotsResult = ActionResult<BulkView>;

export async function bidOnSlots(input: BulkInput): Promise<SlotsResult> {
  return runAction("schedule.bids.placeMany", (api) => api.schedule.bids.placeMany(input));
}

export async function undoBids(input: BulkInput): Promise<SlotsResult> {
  return runAction("schedule.bids.undoMany", (api) => api.schedule.bids.undoMany(input));
}

export async function releaseSlots(input: BulkInput): Promise<SlotsResult> {
  return runAction("schedule.slots.releaseMany", (api) => api.schedule.slots.releaseMany(input));
}

export async function takeSlots(input: BulkInput): Promise<SlotsResult> {
  return runAction("schedule.slots.takeMany", (api) => api.schedule.slots.takeMany(input));
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
