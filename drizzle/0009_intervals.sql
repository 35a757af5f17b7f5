-- Bootstrap intervals of score and rank: what the scorer makes of a submission's resamples, which boards are due, and
-- what came out.

CREATE TABLE IF NOT EXISTS scoring_bootstraps (
  scoring_id bigint unsigned NOT NULL PRIMARY KEY,
  evaluation_id bigint unsigned NOT NULL,
  report_digest char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state enum('DUE','DONE','FAILED') NOT NULL DEFAULT 'DUE',
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at datetime(3) NOT NULL,
  failure varchar(1000),
  finished_at datetime(3),
  public_values mediumblob,
  private_values mediumblob,
  KEY scoring_bootstraps_due (state, next_attempt_at, scoring_id),
  KEY scoring_bootstraps_evaluation (evaluation_id),
  CONSTRAINT scoring_bootstraps_scoring_fk FOREIGN KEY (scoring_id) REFERENCES scorings (id) ON DELETE CASCADE,
  CONSTRAINT scoring_bootstraps_evaluation_fk FOREIGN KEY (evaluation_id) REFERENCES evaluations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS interval_boards (
  evaluation_id bigint unsigned NOT NULL,
  split enum('public','private') NOT NULL,
  revision bigint unsigned NOT NULL DEFAULT 1,
  state enum('DUE','DONE','FAILED') NOT NULL DEFAULT 'DUE',
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at datetime(3) NOT NULL,
  failure varchar(1000),
  finished_at datetime(3),
  PRIMARY KEY (evaluation_id, split),
  KEY interval_boards_due (state, next_attempt_at),
  CONSTRAINT interval_boards_evaluation_fk FOREIGN KEY (evaluation_id) REFERENCES evaluations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS leaderboard_intervals (
  evaluation_id bigint unsigned NOT NULL,
  split enum('public','private') NOT NULL,
  submission_id bigint unsigned NOT NULL,
  score_low varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  score_high varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rank_low int NOT NULL,
  rank_high int NOT NULL,
  replicates int NOT NULL,
  left_out int NOT NULL,
  computed_at datetime(3) NOT NULL,
  PRIMARY KEY (evaluation_id, split, submission_id),
  KEY leaderboard_intervals_submission (submission_id),
  CONSTRAINT leaderboard_intervals_evaluation_fk FOREIGN KEY (evaluation_id) REFERENCES evaluations (id),
  CONSTRAINT leaderboard_intervals_submission_fk FOREIGN KEY (submission_id) REFERENCES submissions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
INSERT IGNORE INTO interval_boards (evaluation_id, split, next_attempt_at)
SELECT DISTINCT evaluation_id, split, utc_timestamp(3) FROM leaderboard_entries;
