import { envelope, ok } from "@/lib/kernel/envelope";
import { bookingsInput, bookingsView } from "./calendar-model";
import { scheduleProcedure } from "./procedures";
import { getBookings } from "./queries/bookings";

export const bookingsProcedures = {
  calendar: scheduleProcedure
    .route({
      method: "GET",
      path: "/reservations/calendar",
      tags: ["Reservations"],
      summary: "Whose hours are, on every GPU that is booked by the hour",
    })
    .input(bookingsInput)
    .output(envelope(bookingsView))
    .handler(async ({ context, input }) =>
      ok(await getBookings(context.db, context.actor, context.settings.zone, input)),
    ),
};
