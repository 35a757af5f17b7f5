import { z } from "zod";
import { gpuId, gpuModes, gpuStates } from "@/lib/fleet/model";
import { pageInput } from "@/lib/kernel/envelope";
import { publicId } from "@/lib/kernel/id-schemas";
import { amountInput, amountText } from "@/lib/kernel/money";
import { currencies } from "@/lib/wallet/model";

/** `pending`: booked; `active`: its first hour has begun; `completed`: its last has ended; `cancelled`: before that. */
export const reservationStates = ["pending", "active", "completed", "cancelled"] as const;
export type ReservationState = (typeof reservationStates)[number];

export const cancelReasons = [
  "by_owner",
  "by_admin",
  /** What was held for an hour was gone, or its account frozen, as the hour began. */
  "no_funds",
  "account_disabled",
  /** Its GPU was out of service as an hour began. */
  "gpu_out_of_service",
] as const;
export type CancelReason = (typeof cancelReasons)[number];

/** Days of a calendar at once. */
const mostCalendarDays = 31;

const instant = z.iso.datetime();
const count = z.number().int();

/** Before and after it nobody sells hours; MariaDB and calendars agree on all that is within. */
const hourInput = instant.refine((text) => text >= "2000" && text < "2200", "From the year 2000 to 2199.");

export const reservationId = publicId("rsv");
export const reservationRef = z.strictObject({ id: reservationId });

/** What an hour costs. */
const rateView = z.strictObject({ amount: amountText, currency: z.enum(currencies) });

export const reservationView = z.strictObject({
  id: reservationId,
  gpuId,
  /** "GPU 3 on gpu1" */
  gpu: z.string(),
  model: z.string(),
  node: z.string(),
  /** Whose it is. */
  person: z.string(),
  startsAt: instant,
  /** The first instant that is not booked. */
  endsAt: instant,
  hours: count,
  /** As it was when it was booked, whatever the GPU costs now. */
  rate: rateView,
  /** Of all its hours, as they were booked. */
  cost: amountText,
  /** Of the hours that have begun, but for those that were lost, and of one that was due though it was cancelled. */
  paid: amountText,
  /** Of what was held, and is free again. */
  refunded: amountText,
  /** Hours that were given back, as its GPU was away when they began and for ten minutes. */
  lostHours: count,
  /** Of what was refunded, where it had been held over a week's turn and something lapsed. */
  lapsed: amountText.optional(),
  state: z.enum(reservationStates),
  cancelledWhy: z.enum(cancelReasons).nullable(),
  createdAt: instant,
  activatedAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** The last instant at which cancelling costs its owner nothing; null where it was booked after that. */
  freeUntil: instant.nullable(),
  /** Whether its reader can do so now. */
  canCancel: z.boolean(),
  canExtend: z.boolean(),
  /** What its reader would get back and would pay by cancelling now; null where they can't. */
  ifCancelled: z
    .strictObject({
      refund: amountText,
      due: amountText,
      /** Of the refund, where it was held over a week's turn and something lapses. */
      lapses: amountText.optional(),
    })
    .nullable(),
});
export type ReservationView = z.output<typeof reservationView>;

/** What an hour cost where the caller was shown it. Refused where it costs something else; without it, it costs what it does. */
const shownRate = z.strictObject({ amount: amountInput, currency: z.enum(currencies) }).optional();
export type ShownRate = z.output<typeof shownRate>;

export const bookInput = z.strictObject({
  gpuId,
  startsAt: hourInput,
  endsAt: hourInput,
  rate: shownRate,
});
export type BookInput = z.output<typeof bookInput>;

export const extendReservationInput = z.strictObject({
  id: reservationId,
  /** Later than it ends now. */
  endsAt: hourInput,
  rate: shownRate,
});
export type ExtendReservationInput = z.output<typeof extendReservationInput>;

export const listReservationsInput = pageInput.extend({
  /** Everybody's, for administrators. */
  all: z.stringbool().or(z.boolean()).optional(),
  state: z.enum(reservationStates).optional(),
  gpuId: gpuId.optional(),
});
export type ListReservationsInput = z.output<typeof listReservationsInput>;

/** A GPU as bookings see it. */
const reservableGpu = z.strictObject({
  id: gpuId,
  index: count,
  node: z.string(),
  model: z.string(),
  memoryMiB: count,
  mode: z.enum(gpuModes),
  state: z.enum(gpuStates),
  /** Its host has it. */
  present: z.boolean(),
  /** What an hour that is booked now costs; null unless its mode is `reservation`. */
  rate: rateView.nullable(),
});
export type ReservableGpu = z.output<typeof reservableGpu>;

/** What is left out doesn't narrow: from the hour that runs, as far ahead as can be booked. */
export const availableSlotsInput = z
  .strictObject({ id: gpuId, from: hourInput.optional(), to: hourInput.optional() })
  .refine(({ from, to }) => !from || !to || Date.parse(from) < Date.parse(to), {
    path: ["to"],
    message: "Later than from.",
  });
export type AvailableSlotsInput = z.output<typeof availableSlotsInput>;

/** Whole hours that can be booked, the one that runs included. */
export const availableSlotsView = z.strictObject({
  gpu: reservableGpu,
  now: instant,
  runs: z.array(z.strictObject({ startsAt: instant, endsAt: instant, hours: count })),
});
export type AvailableSlotsView = z.output<typeof availableSlotsView>;

export const calendarInput = z.strictObject({
  id: gpuId,
  /** The first day, in the lab's zone; today unless said. */
  from: z.iso
    .date()
    .refine((text) => text >= "2000" && text < "2200", "From the year 2000 to 2199.")
    .optional(),
  days: z.coerce.number().int().min(1).max(mostCalendarDays).default(7),
});
export type CalendarInput = z.output<typeof calendarInput>;

/** `past`: it is over. The hour that runs is free as long as nobody has it. */
export const hourStates = ["free", "mine", "taken", "past"] as const;

export const calendarView = z.strictObject({
  gpu: reservableGpu,
  /** By the lab's clock. */
  now: instant,
  zone: z.string(),
  /** The first instant that can't be booked yet; where nothing can be, now. */
  bookableUntil: instant,
  limits: z.strictObject({
    /** So many days from today an hour may lie at most. */
    aheadDays: count,
    /** Hours of one reservation. */
    maxHours: count,
    /** Reservations of one person that are not over. */
    maxOpen: count,
    /** How many its reader has. */
    open: count,
  }),
  /** 23, 24 or 25 hours each, as the lab's zone counts them. */
  days: z.array(
    z.strictObject({
      day: z.iso.date(),
      hours: z.array(
        z.strictObject({
          slot: instant,
          state: z.enum(hourStates),
          /** Whose it is or was; null: nobody's. */
          person: z.string().nullable(),
          /** Of its reader's own reservation. */
          reservationId: reservationId.nullable(),
        }),
      ),
    }),
  ),
});
export type CalendarView = z.output<typeof calendarView>;
