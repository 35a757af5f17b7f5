import { AppError } from "@/lib/kernel/errors";
import type { ReservationView } from "../reservation-model";
import type { ScheduleContext } from "./change";

export async function cancelReservation(_context: ScheduleContext, _id: string): Promise<ReservationView> {
  throw new AppError("unavailable", "Not yet.");
}
