import { sweepChanges } from "@/lib/audit/sweep";
import { sweepLogins } from "@/lib/auth/lucia";
import { sweepThrottles } from "@/lib/auth/throttle";
import type { WorkerDeps } from "./deps";
import { changesKeptMs } from "./tunables";

/** Removes rows that nobody needs any more: expired logins, old throttles, changes that live pages have seen. */
export function sweepRound({ db }: WorkerDeps): () => Promise<void> {
  return async () => {
    await sweepChanges(db, changesKeptMs);
    await sweepLogins(db);
    await sweepThrottles(db);
  };
}
