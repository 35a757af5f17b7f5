import { customType, index, int, mysqlEnum, mysqlTable, primaryKey, varchar } from "drizzle-orm/mysql-core";
import { intervalStates, splits } from "@/lib/competitions/model";
import { evaluations, scorings, submissions } from "./competitions";
import { exactDouble, instant, ref, sha256 } from "./util";

const blob = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "mediumblob" });

/** Of a queue whose rows are claimed with a lease, and stay. */
const queued = () => ({
  state: mysqlEnum("state", intervalStates).notNull().default("DUE"),
  claimOwner: varchar("claim_owner", { length: 64 }),
  claimExpiresAt: instant("claim_expires_at"),
  attempts: int("attempts").notNull().default(0),
  nextAttemptAt: instant("next_attempt_at").notNull(),
  /** What went wrong last; for admins. */
  failure: varchar("failure", { length: 1000 }),
  finishedAt: instant("finished_at"),
});

/** What a scoring's resamples score: the scorer's part of the intervals. */
export const scoringBootstraps = mysqlTable(
  "scoring_bootstraps",
  {
    scoringId: ref("scoring_id")
      .primaryKey()
      .references(() => scorings.id, { onDelete: "cascade" }),
    evaluationId: ref("evaluation_id")
      .notNull()
      .references(() => evaluations.id),
    /** See `resamplesOf`: another score needs others, and so does another way to draw. */
    madeOf: sha256("report_digest").notNull(),
    ...queued(),
    /** See `packReplicates`; null for a split that the truth does not have, and before it is DONE. */
    publicValues: blob("public_values"),
    privateValues: blob("private_values"),
  },
  (t) => [
    // The claim, whoever has waited longest.
    index("scoring_bootstraps_due").on(t.state, t.nextAttemptAt, t.scoringId),
    // Those that no board needs any more.
    index("scoring_bootstraps_evaluation").on(t.evaluationId),
  ],
);

/** A board as far as its intervals go: DUE from its change until they are made anew. */
export const intervalBoards = mysqlTable(
  "interval_boards",
  {
    evaluationId: ref("evaluation_id")
      .notNull()
      .references(() => evaluations.id),
    split: mysqlEnum("split", splits).notNull(),
    /** Raised by every change of the board. */
    revision: ref("revision").notNull().default(1),
    ...queued(),
  },
  (t) => [
    primaryKey({ columns: [t.evaluationId, t.split] }),
    // The claim.
    index("interval_boards_due").on(t.state, t.nextAttemptAt),
  ],
);

/** The intervals of a board's best, as of the last time that they were made. */
export const leaderboardIntervals = mysqlTable(
  "leaderboard_intervals",
  {
    evaluationId: ref("evaluation_id")
      .notNull()
      .references(() => evaluations.id),
    split: mysqlEnum("split", splits).notNull(),
    submissionId: ref("submission_id")
      .notNull()
      .references(() => submissions.id),
    scoreLow: exactDouble("score_low").notNull(),
    scoreHigh: exactDouble("score_high").notNull(),
    rankLow: int("rank_low").notNull(),
    rankHigh: int("rank_high").notNull(),
    /** Resamples that they are made of. */
    replicates: int("replicates").notNull(),
    /** Resamples on which its metric is undefined. */
    leftOut: int("left_out").notNull(),
    computedAt: instant("computed_at").notNull(),
  },
  (t) => [
    // The board's page looks its rows up.
    primaryKey({ columns: [t.evaluationId, t.split, t.submissionId] }),
    index("leaderboard_intervals_submission").on(t.submissionId),
  ],
);
