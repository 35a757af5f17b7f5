import { AppError } from "@/lib/kernel/errors";
import type { ExtendReservationInput, ReservationView } from "../reservation-model";
import type { ScheduleContext } from "./change";

export async function extendReservation(
  _context: ScheduleContext,
  _input: ExtendReservationInput,
): Promise<ReservationView> {
  throw new AppError("unavailable", "Not yet.");
}
