import { grantNewcomers } from "@/lib/schedule/lifecycle/budgets";
import { disabledHolders, giveUpHours } from "@/lib/schedule/lifecycle/give-up";
import { turnDueWeek, turnId } from "@/lib/schedule/lifecycle/turn";
import { settleLate } from "@/lib/schedule/lifecycle/winners";
import type { WorkerDeps } from "../deps";

/**
 * Turns weeks whose bidding is over, each missed one in its turn, gives up what disabled accounts have, and sees to whom
 * no turn has come to yet.
 */
export function scheduleRound({ db, log }: Pick<WorkerDeps, "db" | "log">): () => Promise<void> {
  return async () => {
    for (;;) {
      const startedAt = performance.now();
      const week = await turnDueWeek(db);
      if (week === null) break;
      log.info({ job: turnId(week), tookMs: Math.round(performance.now() - startedAt) }, "Week turned.");
    }
    await settleLate(db);
    for (const userId of await disabledHolders(db)) {
      try {
        while ((await giveUpHours(db, userId)) > 0);
      } catch (error) {
        log.error({ err: error, user: userId }, "Hours of a disabled account could not be given up.");
      }
    }
    const newcomers = await grantNewcomers(db);
    if (newcomers > 0) log.info({ people: newcomers }, "First budgets granted.");
  };
}
