import { z } from "zod";
import { calendarInput, calendarView, reservationId } from "./reservation-model";

const count = z.number().int();

export const bookingsInput = calendarInput.omit({ id: true });
export type BookingsInput = z.output<typeof bookingsInput>;

/**
 * [GPU's place in `gpus`, first hour's place, hours, place in `people`, the reservation where it is the reader's own]. One
 * that began before what is shown has a place below 0.
 */
const block = z.tuple([count, count, count, count, reservationId.nullable()]);
export type BookedBlock = z.output<typeof block>;

/** Days of every GPU whose hours are booked. Hours that nobody has are in no block. */
export const bookingsView = z.strictObject({
  now: calendarView.shape.now,
  zone: calendarView.shape.zone,
  /** As the zone counts days. */
  today: z.iso.date(),
  bookableUntil: calendarView.shape.bookableUntil,
  limits: calendarView.shape.limits,
  /** The first hour that is shown, and how many there are: each begins 3600 s after the one before. */
  hours: z.strictObject({ first: z.iso.datetime(), count }),
  gpus: z.array(calendarView.shape.gpu),
  people: z.array(z.string()),
  /** One for each reservation that has an hour of what is shown. */
  blocks: z.array(block),
});
export type BookingsView = z.output<typeof bookingsView>;
