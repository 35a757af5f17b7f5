import type { DbOrTx } from "@/db/client";
import type { Actor } from "@/lib/auth/model";
import type { Page } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import type { ListReservationsInput, ReservationView } from "../reservation-model";

export async function listReservations(
  _db: DbOrTx,
  _actor: Actor,
  _input: ListReservationsInput,
): Promise<Page<ReservationView>> {
  throw new AppError("unavailable", "Not yet.");
}
export async function getReservation(_db: DbOrTx, _actor: Actor, _id: string): Promise<ReservationView> {
  throw new AppError("unavailable", "Not yet.");
}
