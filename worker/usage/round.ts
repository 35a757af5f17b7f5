import { closeHours, condenseWeeks } from "@/lib/usage/close";
import type { WorkerDeps } from "../deps";

/** Says of hours that are over who was on each GPU, and forgets of weeks long over who else was seen. */
export function usageRound({ db, log }: Pick<WorkerDeps, "db" | "log">): () => Promise<void> {
  return async () => {
    const hours = await closeHours(db);
    if (hours > 0) log.debug({ hours }, "Hours closed.");
    const condensed = await condenseWeeks(db);
    if (condensed > 0) log.info({ hours: condensed }, "Usage of old weeks condensed.");
  };
}
