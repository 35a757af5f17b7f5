import { advanceReservation, dueReservations } from "@/lib/schedule/lifecycle/reservations";
import type { WorkerDeps } from "../deps";

/**
 * Pays hours of reservations as they begin, completes those that are over, and cancels what can't go on.
 * @returns what throws, after all were seen to, where some could not go on: so that the loop counts as failed
 */
export function reservationsRound({ db, log }: Pick<WorkerDeps, "db" | "log">): () => Promise<void> {
  return async () => {
    const failures: unknown[] = [];
    for (const id of await dueReservations(db)) {
      try {
        while (await advanceReservation(db, id));
      } catch (error) {
        // Others' hours have begun, too.
        failures.push(error);
        log.error(
          { err: error, reservation: id },
          "A reservation could not go on; the next round tries again.",
        );
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} reservations could not go on.`);
  };
}
