import { queueRescorings, settleExpired, wakeRetries } from "@/lib/competitions/lifecycle/recover";
import { announceScored } from "@/lib/competitions/lifecycle/tell";
import type { ScoringDeps } from "./desk";

/** Puts back into the queue what other workers no longer renew, and what has waited long enough after a failure. */
export function queueRound({ db, log }: ScoringDeps, wake: () => void): () => Promise<void> {
  return async () => {
    const expired = await settleExpired(db);
    if (expired > 0) log.warn({ expired }, "Scorings taken from workers that no longer renew them.");
    if ((await wakeRetries(db)) + expired > 0) wake();
  };
}

/** Queues what is older than a new evaluation under it, in portions, to the end; when all is scored, entrants are told. */
export function rescoringsRound({ db, log }: ScoringDeps, wake: () => void): () => Promise<void> {
  return async () => {
    let all = 0;
    for (let queued = await queueRescorings(db); queued > 0; queued = await queueRescorings(db)) {
      all += queued;
      wake();
    }
    if (all > 0) log.info({ queued: all }, "Queued under a new evaluation.");
    const announced = await announceScored(db);
    if (announced > 0) log.info({ announced }, "Entrants told that a new evaluation has scored everything.");
  };
}
