import { sweepChanges } from "@/lib/audit/sweep";
import { sweepLogins } from "@/lib/auth/lucia";
import { sweepThrottles } from "@/lib/auth/throttle";
import { sweepNotices } from "@/lib/notices/notify";
import { sweepSamples } from "@/lib/telemetry/record";
import type { WorkerDeps } from "./deps";
import { changesKeptMs, noticesKeptMs } from "./tunables";

/** Removes rows that nobody needs any more: expired logins, old throttles and samples, changes that live pages have seen. */
export function sweepRound({ db }: WorkerDeps): () => Promise<void> {
  return async () => {
    await sweepChanges(db, changesKeptMs);
    await sweepLogins(db);
    await sweepThrottles(db);
    await sweepSamples(db);
    await sweepNotices(db, noticesKeptMs);
  };
}
