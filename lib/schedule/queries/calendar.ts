import type { DbOrTx } from "@/db/client";
import type { Actor } from "@/lib/auth/model";
import { AppError } from "@/lib/kernel/errors";
import type {
  AvailableSlotsInput,
  AvailableSlotsView,
  CalendarInput,
  CalendarView,
} from "../reservation-model";

export async function getAvailableSlots(
  _db: DbOrTx,
  _actor: Actor,
  _zone: string,
  _input: AvailableSlotsInput,
): Promise<AvailableSlotsView> {
  throw new AppError("unavailable", "Not yet.");
}
export async function getCalendar(
  _db: DbOrTx,
  _actor: Actor,
  _zone: string,
  _input: CalendarInput,
): Promise<CalendarView> {
  throw new AppError("unavailable", "Not yet.");
}
