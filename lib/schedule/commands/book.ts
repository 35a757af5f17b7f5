import { AppError } from "@/lib/kernel/errors";
import type { BookInput, ReservationView } from "../reservation-model";
import type { ScheduleContext } from "./change";

export async function bookHours(_context: ScheduleContext, _input: BookInput): Promise<ReservationView> {
  throw new AppError("unavailable", "Not yet.");
}
