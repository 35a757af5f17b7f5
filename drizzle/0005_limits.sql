-- Limits per person and for the lab, and what they need: usage by week, workspaces' whole space, audit filters.

ALTER TABLE users
  ADD COLUMN IF NOT EXISTS max_gpu_minutes_per_week int AFTER max_sessions,
  ADD COLUMN IF NOT EXISTS max_disk_gb int AFTER max_gpu_minutes_per_week,
  ADD COLUMN IF NOT EXISTS max_duration_minutes int AFTER max_disk_gb;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS lab_settings (
  id smallint NOT NULL PRIMARY KEY,
  default_max_sessions int NOT NULL DEFAULT 2,
  default_max_gpu_minutes_per_week int,
  default_max_disk_gb int,
  default_max_duration_minutes int,
  space_factor decimal(4,2) NOT NULL DEFAULT 3.00,
  stop_snapshots_kept int NOT NULL DEFAULT 100,
  CONSTRAINT lab_settings_single CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
INSERT IGNORE INTO lab_settings (id) VALUES (1);
--> statement-breakpoint
ALTER TABLE workspaces
  ADD COLUMN IF NOT EXISTS total_bytes bigint unsigned AFTER snapshot_bytes,
  ADD COLUMN IF NOT EXISTS space_bytes bigint unsigned AFTER total_bytes;
--> statement-breakpoint
ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS ends_with_hours boolean NOT NULL DEFAULT false AFTER stops_at,
  ADD KEY IF NOT EXISTS sessions_user_time (user_id, ended_at, running_at);
--> statement-breakpoint
ALTER TABLE audit_log ADD KEY IF NOT EXISTS audit_action (action, at);
--> statement-breakpoint
ALTER TABLE sessions
  MODIFY COLUMN stop_reason enum('user','admin','time_limit','gpu_hours','start_failed','exited','shutdown');
--> statement-breakpoint
ALTER TABLE session_events
  MODIFY COLUMN kind enum('requested','workspace_ready','port_moved','container_started','running','restarting','stop_requested','snapshot_taken','snapshot_failed','snapshots_pruned','keys_updated','isolation_broken','isolation_restored','extended','hours_ending','stopped','failed','waiting') NOT NULL;
--> statement-breakpoint
ALTER TABLE operations
  MODIFY COLUMN kind enum('snapshot','restore','delete','delete_snapshot') NOT NULL;
--> statement-breakpoint
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS deleted_at datetime(3) AFTER created_at;
