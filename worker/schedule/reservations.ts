import { advanceReservation, dueReservations } from "@/lib/schedule/lifecycle/reservations";
import type { WorkerDeps } from "../deps";

/** Pays hours of reservations as they begin, completes those that are over, and cancels what can't go on. */
export function reservationsRound({ db, log }: Pick<WorkerDeps, "db" | "log">): () => Promise<void> {
  return async () => {
    for (const id of await dueReservations(db)) {
      try {
        while (await advanceReservation(db, id));
      } catch (error) {
        // Others' hours have begun, too.
        log.error(
          { err: error, reservation: id },
          "A reservation could not go on; the next round tries again.",
        );
      }
    }
  };
}
