import { sweepChanges } from "@/lib/audit/sweep";
import { sweepLogins } from "@/lib/auth/lucia";
import { sweepThrottles } from "@/lib/auth/throttle";
import { sweepNotices } from "@/lib/notices/notify";
import { sweepPlanned } from "@/lib/sessions/lifecycle/planned-starts";
import { sweepProbes } from "@/lib/sessions/lifecycle/probes";
import { sweepLogs, sweepSamples } from "@/lib/telemetry/record";
import { voidExpired } from "@/lib/wallet/expire";
import type { WorkerDeps } from "./deps";
import { changesKeptMs, logsKeptMs, noticesKeptMs, plannedKeptMs, probesKeptMs } from "./tunables";

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

/**
 * Removes what is no longer kept of sessions that ended long ago: their logs, and all but the last of their evidence. And
 * gives back what was held until long ago.
 */
export function sweepEndedRound({ db }: WorkerDeps): () => Promise<void> {
  return async () => {
    await sweepLogs(db, logsKeptMs);
    await sweepProbes(db, probesKeptMs);
    await sweepPlanned(db, plannedKeptMs);
    await voidExpired(db);
  };
}
