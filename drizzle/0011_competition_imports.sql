-- Competitions that administrators bring in by the browser: what was uploaded, and what came of it.

CREATE TABLE IF NOT EXISTS competition_imports (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  exposure enum('external','internal') NOT NULL,
  upload_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  filename varchar(255) NOT NULL,
  bytes bigint unsigned NOT NULL,
  target varchar(63) CHARACTER SET ascii COLLATE ascii_bin,
  state enum('WAITING','READING','REFUSED','IMPORTED') NOT NULL DEFAULT 'WAITING',
  progress json,
  problems json,
  outcome json,
  competition_id bigint unsigned,
  evaluation_id bigint unsigned,
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  created_at datetime(3) NOT NULL,
  finished_at datetime(3),
  UNIQUE KEY competition_imports_public_id (public_id),
  UNIQUE KEY competition_imports_upload (user_id, upload_id),
  KEY competition_imports_due (state, id),
  KEY competition_imports_evaluation (evaluation_id, competition_id),
  CONSTRAINT competition_imports_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT competition_imports_evaluation_fk FOREIGN KEY (evaluation_id, competition_id)
    REFERENCES evaluations (id, competition_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
ALTER TABLE evaluations ADD COLUMN IF NOT EXISTS to_announce boolean NOT NULL DEFAULT 0 AFTER queued_through_id;
--> statement-breakpoint
ALTER TABLE scorings MODIFY COLUMN failure varchar(4000);
