-- Sessions on GPUs whose hours are sold end with the hours that their owner holds.

ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS needs_held_hours boolean NOT NULL DEFAULT false AFTER ends_with_hours,
  ADD COLUMN IF NOT EXISTS held_until datetime(3) AFTER needs_held_hours;
--> statement-breakpoint
ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS ends_at datetime(3)
    GENERATED ALWAYS AS (
      coalesce(least(stops_at, held_until - interval 60 second), stops_at, held_until - interval 60 second)
    ) STORED AFTER held_until;
--> statement-breakpoint
ALTER TABLE sessions
  MODIFY COLUMN stop_reason enum('user','admin','time_limit','gpu_hours','hour_ended','start_failed','exited','shutdown');
--> statement-breakpoint
ALTER TABLE session_events
  MODIFY COLUMN kind enum('requested','workspace_ready','port_moved','container_started','running','restarting','stop_requested','snapshot_taken','snapshot_failed','snapshots_pruned','keys_updated','isolation_broken','isolation_restored','extended','hours_ending','hours_changed','hour_ending','stopped','failed','waiting') NOT NULL;
