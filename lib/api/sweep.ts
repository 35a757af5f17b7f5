import type { Db } from "@/db/client";
import { storeLayout } from "@/lib/competitions/store/layout";
import { sweepStore } from "@/lib/competitions/store/sweep";
import { sweepMs } from "@/lib/competitions/store/tunables";
import type { Logger } from "@/lib/kernel/log";

/** Clears what uploads left behind, as long as the process lives: nobody else may enter the folder of partial uploads. */
export function sweepFromTimeToTime(db: Db, competitionsDir: string, log: Logger): void {
  const store = storeLayout(competitionsDir);
  const sweep = async () => {
    try {
      const removed = await sweepStore(db, store, Date.now());
      if (removed > 0) log.info({ removed }, "files that uploads left behind removed");
    } catch (error) {
      log.warn({ err: error }, "what uploads left behind could not be removed");
    }
  };
  setInterval(() => void sweep(), sweepMs).unref();
}
