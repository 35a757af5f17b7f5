import { envelope, listEnvelope, ok, paged } from "@/lib/kernel/envelope";
import { bookHours } from "./commands/book";
import { cancelReservation } from "./commands/cancel";
import { extendReservation } from "./commands/extend";
import { scheduleProcedure } from "./procedures";
import { getAvailableSlots, getCalendar } from "./queries/calendar";
import { getReservation, listReservations } from "./queries/reservations";
import {
  availableSlotsInput,
  availableSlotsView,
  bookInput,
  calendarInput,
  calendarView,
  extendReservationInput,
  listReservationsInput,
  reservationRef,
  reservationView,
} from "./reservation-model";

const base = "/reservations";
const tags = ["Reservations"];

export const reservationProcedures = {
  list: scheduleProcedure
    .route({
      method: "GET",
      path: base,
      tags,
      summary: "Your reservations, newest first; for administrators everybody's",
    })
    .input(listReservationsInput)
    .output(listEnvelope(reservationView))
    .handler(async ({ context, input }) =>
      paged(await listReservations(context.db, context.actor, context.settings.zone, input)),
    ),
  book: scheduleProcedure
    .route({
      method: "POST",
      path: base,
      tags,
      summary: "Book whole hours of a GPU at its rate, the one that runs included",
      successStatus: 201,
    })
    .input(bookInput)
    .output(envelope(reservationView))
    .handler(async ({ context, input }) => ok(await bookHours(context, input))),
  get: scheduleProcedure
    .route({ method: "GET", path: `${base}/{id}`, tags, summary: "A reservation" })
    .input(reservationRef)
    .output(envelope(reservationView))
    .handler(async ({ context, input }) =>
      ok(await getReservation(context.db, context.actor, context.settings.zone, input.id)),
    ),
  cancel: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/{id}/cancel`,
      tags,
      summary:
        "Give the hours back that are to come: free until an hour before the first, then the next is due",
    })
    .input(reservationRef)
    .output(envelope(reservationView))
    .handler(async ({ context, input }) => ok(await cancelReservation(context, input.id))),
  extend: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/{id}/extend`,
      tags,
      summary: "Book the hours that follow, at the rate of the reservation",
    })
    .input(extendReservationInput)
    .output(envelope(reservationView))
    .handler(async ({ context, input }) => ok(await extendReservation(context, input))),
};

/** What can be booked of a GPU. */
export const gpuHourProcedures = {
  availableSlots: scheduleProcedure
    .route({
      method: "GET",
      path: "/gpus/{id}/available-slots",
      tags,
      summary: "Runs of hours that nobody has, within a span",
    })
    .input(availableSlotsInput)
    .output(envelope(availableSlotsView))
    .handler(async ({ context, input }) =>
      ok(await getAvailableSlots(context.db, context.actor, context.settings.zone, input)),
    ),
  calendar: scheduleProcedure
    .route({
      method: "GET",
      path: "/gpus/{id}/calendar",
      tags,
      summary: "Whose hours of a GPU are, day by day",
    })
    .input(calendarInput)
    .output(envelope(calendarView))
    .handler(async ({ context, input }) =>
      ok(await getCalendar(context.db, context.actor, context.settings.zone, input)),
    ),
};
