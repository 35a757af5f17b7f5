import { type BookingsView, bookingsView } from "@/lib/schedule/calendar-model";
import { type ReservationView, reservationView } from "@/lib/schedule/reservation-model";
import type { Api } from "./api";
import { change } from "./database";
import { gpus } from "./lab";

/**
 * Has all GPUs booked at half a credit an hour, whatever hours of them an earlier test sold.
 * @returns how many there are
 */
export async function reserveAll(boss: Api): Promise<number> {
  await change("UPDATE gpus SET mode = 'reservation', rate = 500000, rate_currency = 'CREDIT' WHERE present");
  return (await gpus(boss)).filter(({ present }) => present).length;
}

/** Gives all GPUs to whoever launches first again; what was booked is nobody's. */
export async function endReservations(): Promise<void> {
  await change("UPDATE gpus SET mode = 'on-demand', rate = NULL, rate_currency = NULL");
  // An hour that has begun can't be given back, and would be in the way of whoever auctions the GPU next.
  await change("DELETE FROM slots WHERE state = 'reserved'");
}

/** The calendar from today on. */
export function bookings(api: Api): Promise<BookingsView> {
  return api.call(bookingsView, "GET", "reservations/calendar");
}

/** Books hours, counted from today's first, of a GPU by its place in the calendar. */
export async function book(api: Api, gpu: number, from: number, hours: number): Promise<ReservationView> {
  const { gpus: shown, hours: all } = await bookings(api);
  const at = (hour: number) => new Date(Date.parse(all.first) + hour * 3_600_000).toISOString();
  const input = { gpuId: shown[gpu]?.id, startsAt: at(from), endsAt: at(from + hours) };
  return api.call(reservationView, "POST", "reservations", input);
}
