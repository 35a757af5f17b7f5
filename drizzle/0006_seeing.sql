-- What people see of their sessions while and after they run: samples, logs, programs on GPUs, notices.

CREATE TABLE IF NOT EXISTS session_samples (
  session_id bigint unsigned NOT NULL,
  at datetime(3) NOT NULL,
  generation int NOT NULL,
  host_ms bigint unsigned NOT NULL,
  cpu_us bigint unsigned NOT NULL,
  memory_bytes bigint unsigned NOT NULL,
  memory_limit_bytes bigint unsigned,
  received_bytes bigint unsigned NOT NULL,
  sent_bytes bigint unsigned NOT NULL,
  pids int NOT NULL,
  disk_bytes bigint unsigned,
  disk_quota_bytes bigint unsigned,
  gpu_percent double,
  gpu_memory_mib int,
  gpu_celsius double,
  gpu_watts double,
  PRIMARY KEY (session_id, at),
  KEY session_samples_at (at),
  CONSTRAINT session_samples_session_fk FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS session_logs (
  session_id bigint unsigned NOT NULL PRIMARY KEY,
  text mediumtext NOT NULL,
  digest char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at datetime(3) NOT NULL,
  CONSTRAINT session_logs_session_fk FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
ALTER TABLE gpus
  ADD COLUMN IF NOT EXISTS processes_sample json AFTER usage_sample;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS notices (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  content json NOT NULL,
  dedupe_key varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
  created_at datetime(3) NOT NULL,
  read_at datetime(3),
  UNIQUE KEY notices_public_id (public_id),
  UNIQUE KEY notices_dedupe (user_id, dedupe_key),
  KEY notices_user (user_id, id),
  KEY notices_unread (user_id, read_at),
  KEY notices_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
