-- What the worker needs besides: which keys a session still has to get, and which incarnation a restore makes.

ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS keys_version int NOT NULL DEFAULT 0 AFTER next_attempt_at,
  ADD COLUMN IF NOT EXISTS keys_pushed_version int NOT NULL DEFAULT 0 AFTER keys_version,
  ADD COLUMN IF NOT EXISTS ports_tried int NOT NULL DEFAULT 0 AFTER keys_pushed_version;
--> statement-breakpoint
ALTER TABLE operations
  ADD COLUMN IF NOT EXISTS new_generation int AFTER pre_restore_snapshot_id;
