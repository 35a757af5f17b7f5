-- Who was seen on GPUs in each hour, beside who held it; and the tokens of programs that tell of it.

CREATE TABLE IF NOT EXISTS slot_usage (
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  samples int NOT NULL,
  busy_samples int NOT NULL,
  looked_at datetime(3) NOT NULL,
  busy_at datetime(3),
  closed_at datetime(3),
  assigned_id bigint unsigned,
  assigned_samples int NOT NULL DEFAULT 0,
  actual varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  actual_samples int NOT NULL DEFAULT 0,
  PRIMARY KEY (gpu_id, starts_at),
  KEY slot_usage_open (closed_at, starts_at),
  KEY slot_usage_assigned (assigned_id),
  CONSTRAINT slot_usage_gpu_fk FOREIGN KEY (gpu_id) REFERENCES gpus (id),
  CONSTRAINT slot_usage_assigned_fk FOREIGN KEY (assigned_id) REFERENCES users (id),
  CONSTRAINT slot_usage_counts CHECK (
    samples > 0 AND busy_samples BETWEEN 0 AND samples
    AND assigned_samples BETWEEN 0 AND busy_samples AND actual_samples BETWEEN 0 AND busy_samples
    AND (actual IS NULL) = (actual_samples = 0)
  ),
  CONSTRAINT slot_usage_closed CHECK (closed_at IS NOT NULL OR (assigned_id IS NULL AND actual IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS slot_sightings (
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  person varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  samples int NOT NULL,
  seen_at datetime(3) NOT NULL,
  PRIMARY KEY (gpu_id, starts_at, person),
  KEY slot_sightings_hour (starts_at),
  CONSTRAINT slot_sightings_slot_fk FOREIGN KEY (gpu_id, starts_at)
    REFERENCES slot_usage (gpu_id, starts_at) ON DELETE CASCADE,
  CONSTRAINT slot_sightings_samples CHECK (samples > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS monitor_tokens (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  node_id bigint unsigned NOT NULL,
  name varchar(64) NOT NULL,
  secret_hash char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hint varchar(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at datetime(3) NOT NULL,
  last_used_at datetime(3),
  skew_ms int,
  UNIQUE KEY monitor_tokens_public_id (public_id),
  UNIQUE KEY monitor_tokens_secret (secret_hash),
  KEY monitor_tokens_node (node_id),
  CONSTRAINT monitor_tokens_node_fk FOREIGN KEY (node_id) REFERENCES nodes (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
ALTER TABLE lab_settings ADD COLUMN IF NOT EXISTS public_gpu_names boolean NOT NULL DEFAULT false;
