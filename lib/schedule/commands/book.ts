import { and, count, eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { reservations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit } from "@/lib/audit/record";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { bookedDetail, bookFor, gpuName, lockBookable, requireAnswer, requireRate } from "../booking";
import { lockActor } from "../lock";
import { getReservation, openStates } from "../queries/reservations";
import type { BookInput, ReservationView } from "../reservation-model";
import { type BookingLimits, bookingFault } from "../reservation-rules";
import { tellChanged } from "../settling";

export type ReservationContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "settings" | "wake">;

/** @throws AppError `invalid` that names the field */
export function requireBookable(
  span: { readonly startsAt: Date; readonly endsAt: Date; readonly from?: Date },
  limits: BookingLimits,
  now: Date,
  zone: string,
): void {
  const fault = bookingFault(span, limits, now, zone);
  if (fault) throw new AppError("invalid", fault.text, { fields: { [fault.field]: fault.text } });
}

/** With the user's row locked, so that there are no others. @throws AppError `conflict` (`limit_reached`) */
async function requireFewer(tx: Tx, userId: number, most: number): Promise<void> {
  const [open] = await tx
    .select({ n: count() })
    .from(reservations)
    .where(and(eq(reservations.userId, userId), openStates));
  if ((open?.n ?? 0) < most) return;
  const many = most === 1 ? "1 reservation" : `${most} reservations`;
  throw new AppError("conflict", `You have ${many} that are not over, and may have no more.`, {
    conflict: "limit_reached",
  });
}

/**
 * Books whole hours of a GPU at its present rate, the one that runs included, and holds what they cost. All or nothing.
 * @throws AppError `invalid`, `not_found`, `conflict` (an hour that somebody has, by its name; too many; out of service;
 *   the hour that runs of a silent host; another rate than was shown),
 *   `insufficient_funds`, `forbidden`, `unavailable`
 */
export async function bookHours(context: ReservationContext, input: BookInput): Promise<ReservationView> {
  const { db, actor, requestId, settings } = context;
  const { userId } = actor;
  if (!can(actor, "schedule.spend", { ownerId: userId })) throw new AppError("forbidden", "You may not.");
  const publicId = newPublicId("rsv");
  const [startsAt, endsAt] = [new Date(input.startsAt), new Date(input.endsAt)];
  await inTransaction(db, async (tx) => {
    await lockActor(tx, actor);
    const { gpu, now } = await lockBookable(tx, input.gpuId, settings.zone);
    const limits = await readLabSettings(tx);
    requireBookable({ startsAt, endsAt }, limits, now, settings.zone);
    requireAnswer(gpu, startsAt, now);
    await requireFewer(tx, userId, limits.reservationMaxOpen);
    const rate = required(gpu.rate, "the rate of a GPU that is reserved");
    const rateCurrency = required(gpu.rateCurrency, "the currency of its rate");
    const booked = { publicId, userId, gpuId: gpu.id, rate, rateCurrency };
    const span = { from: startsAt, to: endsAt };
    requireRate(booked, input.rate, span, `An hour of ${gpuName(gpu)} now costs`);
    const [made] = await tx
      .insert(reservations)
      .values({ ...booked, startsAt, endsAt, paidUntil: startsAt, createdAt: dbNow });
    await bookFor(tx, { ...booked, id: made.insertId }, span, gpu, settings.zone);
    const detail = bookedDetail(gpu, booked, span);
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "reservation.book", resource: publicId, detail },
    );
    await tellChanged(tx, gpu);
  });
  // The hour that runs is due at once.
  context.wake();
  return getReservation(db, actor, settings.zone, publicId);
}
