-- Competitions: datasets, evaluations, submissions with their scorings, and the leaderboards made of them.

CREATE TABLE IF NOT EXISTS datasets (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  slug varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title varchar(120) NOT NULL,
  exposure enum('external','internal') NOT NULL,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY datasets_public_id (public_id),
  UNIQUE KEY datasets_slug (slug),
  UNIQUE KEY datasets_exposure (id, exposure)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS dataset_versions (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  dataset_id bigint unsigned NOT NULL,
  exposure enum('external','internal') NOT NULL,
  number int NOT NULL,
  licence varchar(200) NOT NULL,
  source varchar(1000) NOT NULL,
  description mediumtext NOT NULL,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY dataset_versions_public_id (public_id),
  UNIQUE KEY dataset_versions_number (dataset_id, number),
  UNIQUE KEY dataset_versions_exposure (id, exposure),
  CONSTRAINT dataset_versions_dataset_fk FOREIGN KEY (dataset_id, exposure) REFERENCES datasets (id, exposure)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS dataset_files (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  version_id bigint unsigned NOT NULL,
  name varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes bigint unsigned NOT NULL,
  sha256 char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  UNIQUE KEY dataset_files_name (version_id, name),
  CONSTRAINT dataset_files_version_fk FOREIGN KEY (version_id) REFERENCES dataset_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS competitions (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  slug varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title varchar(120) NOT NULL,
  summary varchar(300) NOT NULL,
  description mediumtext NOT NULL,
  rules mediumtext NOT NULL,
  dataset_version_id bigint unsigned NOT NULL,
  exposure enum('external','internal') NOT NULL,
  visibility enum('public','invite') NOT NULL,
  daily_limit int,
  total_limit int,
  max_upload_bytes bigint unsigned NOT NULL,
  opens_at datetime(3),
  closes_at datetime(3),
  published_at datetime(3),
  current_evaluation_id bigint unsigned,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY competitions_public_id (public_id),
  UNIQUE KEY competitions_slug (slug),
  KEY competitions_catalogue (exposure, id),
  KEY competitions_dataset (dataset_version_id, exposure),
  KEY competitions_current (current_evaluation_id, id),
  CONSTRAINT competitions_dataset_fk FOREIGN KEY (dataset_version_id, exposure) REFERENCES dataset_versions (id, exposure)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS competition_invites (
  competition_id bigint unsigned NOT NULL,
  user_id bigint unsigned NOT NULL,
  created_at datetime(3) NOT NULL,
  PRIMARY KEY (competition_id, user_id),
  KEY competition_invites_user (user_id),
  CONSTRAINT competition_invites_competition_fk FOREIGN KEY (competition_id) REFERENCES competitions (id),
  CONSTRAINT competition_invites_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS evaluations (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  competition_id bigint unsigned NOT NULL,
  number int NOT NULL,
  asked int NOT NULL,
  manifest json NOT NULL,
  evaluation_digest char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  truth_digest char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sample_digest char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sample_filename varchar(255) NOT NULL,
  expected json,
  settings json,
  state enum('CHECKING','READY','REFUSED') NOT NULL DEFAULT 'CHECKING',
  reason varchar(2000),
  sample_metrics json,
  has_private boolean,
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  deadline_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0,
  next_attempt_at datetime(3) NOT NULL,
  queued_through_id bigint unsigned,
  created_at datetime(3) NOT NULL,
  checked_at datetime(3),
  revealed_at datetime(3),
  UNIQUE KEY evaluations_public_id (public_id),
  UNIQUE KEY evaluations_number (competition_id, number),
  UNIQUE KEY evaluations_competition (id, competition_id),
  KEY evaluations_due (state, next_attempt_at),
  KEY evaluations_unqueued (queued_through_id),
  CONSTRAINT evaluations_competition_fk FOREIGN KEY (competition_id) REFERENCES competitions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
ALTER TABLE competitions
  ADD CONSTRAINT competitions_current_fk FOREIGN KEY IF NOT EXISTS (current_evaluation_id, id) REFERENCES evaluations (id, competition_id);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS competition_entrants (
  competition_id bigint unsigned NOT NULL,
  user_id bigint unsigned NOT NULL,
  created_at datetime(3) NOT NULL,
  PRIMARY KEY (competition_id, user_id),
  KEY competition_entrants_user (user_id),
  CONSTRAINT competition_entrants_competition_fk FOREIGN KEY (competition_id) REFERENCES competitions (id),
  CONSTRAINT competition_entrants_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS competition_queues (
  competition_id bigint unsigned NOT NULL PRIMARY KEY,
  served_at datetime(6),
  mean_ms int,
  CONSTRAINT competition_queues_competition_fk FOREIGN KEY (competition_id) REFERENCES competitions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS submissions (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  competition_id bigint unsigned NOT NULL,
  user_id bigint unsigned NOT NULL,
  first_evaluation_id bigint unsigned NOT NULL,
  upload_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  filename varchar(255) NOT NULL,
  bytes bigint unsigned NOT NULL,
  sha256 char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  accepted_at datetime(6) NOT NULL,
  local_day date NOT NULL,
  UNIQUE KEY submissions_public_id (public_id),
  UNIQUE KEY submissions_upload (user_id, upload_id),
  UNIQUE KEY submissions_tenant (id, competition_id, user_id),
  KEY submissions_mine (competition_id, user_id, id),
  KEY submissions_competition (competition_id, id),
  KEY submissions_sha256 (sha256),
  KEY submissions_evaluation (first_evaluation_id, competition_id),
  CONSTRAINT submissions_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT submissions_evaluation_fk FOREIGN KEY (first_evaluation_id, competition_id) REFERENCES evaluations (id, competition_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS scorings (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  submission_id bigint unsigned NOT NULL,
  evaluation_id bigint unsigned NOT NULL,
  competition_id bigint unsigned NOT NULL,
  user_id bigint unsigned NOT NULL,
  state enum('QUEUED','SCORING','SCORED','REJECTED','FAILED') NOT NULL DEFAULT 'QUEUED',
  rescoring boolean NOT NULL,
  turn bigint unsigned NOT NULL,
  retry_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0,
  over_bounds int NOT NULL DEFAULT 0,
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  deadline_at datetime(3),
  queued_at datetime(3) NOT NULL,
  started_at datetime(3),
  finished_at datetime(3),
  duration_ms int,
  metrics json,
  scorer varchar(20),
  report_digest char(64) CHARACTER SET ascii COLLATE ascii_bin,
  problem json,
  failure varchar(1000),
  failed_at datetime(3),
  UNIQUE KEY scorings_once (submission_id, evaluation_id),
  KEY scorings_queue (state, retry_at, competition_id, rescoring, turn, id),
  KEY scorings_leases (state, claim_expires_at),
  KEY scorings_turns (competition_id, user_id, state, rescoring, turn),
  KEY scorings_user (evaluation_id, user_id, submission_id),
  KEY scorings_failed (failed_at),
  KEY scorings_submission (submission_id, competition_id, user_id),
  KEY scorings_evaluation (evaluation_id, competition_id),
  CONSTRAINT scorings_submission_fk FOREIGN KEY (submission_id, competition_id, user_id) REFERENCES submissions (id, competition_id, user_id),
  CONSTRAINT scorings_evaluation_fk FOREIGN KEY (evaluation_id, competition_id) REFERENCES evaluations (id, competition_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS scoring_reports (
  scoring_id bigint unsigned NOT NULL PRIMARY KEY,
  report longtext NOT NULL,
  CONSTRAINT scoring_reports_scoring_fk FOREIGN KEY (scoring_id) REFERENCES scorings (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS leaderboard_entries (
  evaluation_id bigint unsigned NOT NULL,
  split enum('public','private') NOT NULL,
  order_key varbinary(255) NOT NULL,
  user_id bigint unsigned NOT NULL,
  submission_id bigint unsigned NOT NULL,
  score varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (evaluation_id, split, order_key),
  UNIQUE KEY leaderboard_entries_best (evaluation_id, split, user_id),
  KEY leaderboard_entries_user (user_id),
  KEY leaderboard_entries_submission (submission_id),
  CONSTRAINT leaderboard_entries_evaluation_fk FOREIGN KEY (evaluation_id) REFERENCES evaluations (id),
  CONSTRAINT leaderboard_entries_submission_fk FOREIGN KEY (submission_id) REFERENCES submissions (id),
  CONSTRAINT leaderboard_entries_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
