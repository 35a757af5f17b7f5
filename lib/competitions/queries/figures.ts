import { and, count, eq, inArray, isNotNull, isNull, min } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { evaluations, scorings } from "@/db/schema";

/** The queue in figures, for whoever watches over the installation. */
export interface ScoringFigures {
  /** Waiting, those included that failed and are tried again. */
  readonly queued: number;
  readonly running: number;
  /** Given up, some with a score from before: an admin should look. */
  readonly failed: number;
  /** Evaluations that wait for their check. */
  readonly checking: number;
  /** How long the oldest submission has waited that somebody waits for, in seconds; 0 when there is none. */
  readonly oldestSeconds: number;
}

export async function scoringFigures(db: Db): Promise<ScoringFigures> {
  const [states, [failures], [checks], [oldest]] = await Promise.all([
    db
      .select({ state: scorings.state, n: count() })
      .from(scorings)
      .where(inArray(scorings.state, ["QUEUED", "SCORING"]))
      .groupBy(scorings.state),
    db.select({ n: count() }).from(scorings).where(isNotNull(scorings.failedAt)),
    db.select({ n: count() }).from(evaluations).where(eq(evaluations.state, "CHECKING")),
    db
      .select({ since: min(scorings.queuedAt), now: dbNow })
      .from(scorings)
      .where(and(eq(scorings.state, "QUEUED"), isNull(scorings.retryAt), eq(scorings.rescoring, false))),
  ]);
  const counted = new Map(states.map(({ state, n }) => [state, n]));
  const waited = oldest?.since ? oldest.now.getTime() - oldest.since.getTime() : 0;
  return {
    queued: counted.get("QUEUED") ?? 0,
    running: counted.get("SCORING") ?? 0,
    failed: failures?.n ?? 0,
    checking: checks?.n ?? 0,
    oldestSeconds: Math.max(0, waited / 1_000),
  };
}
