-- Internal sessions with proof: what each session could reach when it was last tried, and the hosts' SSH authorities.

CREATE TABLE IF NOT EXISTS session_probes (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_id bigint unsigned NOT NULL,
  at datetime(3) NOT NULL,
  cause enum('started','hourly','firewall') NOT NULL,
  ok boolean NOT NULL,
  refused int NOT NULL,
  reached int NOT NULL,
  probes json NOT NULL,
  KEY session_probes_session (session_id, id),
  CONSTRAINT session_probes_session_fk FOREIGN KEY (session_id) REFERENCES sessions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
ALTER TABLE sessions
  ADD COLUMN IF NOT EXISTS probe_due_at datetime(3),
  ADD COLUMN IF NOT EXISTS probe_cause enum('started','hourly','firewall') NOT NULL DEFAULT 'started',
  ADD COLUMN IF NOT EXISTS probe_claim int NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS last_probe_id bigint unsigned,
  ADD COLUMN IF NOT EXISTS isolation_fault varchar(500),
  ADD KEY IF NOT EXISTS sessions_probe_due (probe_due_at);
--> statement-breakpoint
UPDATE sessions SET probe_due_at = UTC_TIMESTAMP(3) WHERE state = 'RUNNING' AND probe_due_at IS NULL;
--> statement-breakpoint
ALTER TABLE session_events
  MODIFY COLUMN kind enum('requested','workspace_ready','port_moved','container_started','running','restarting','stop_requested','snapshot_taken','snapshot_failed','keys_updated','isolation_broken','isolation_restored','stopped','failed','waiting') NOT NULL;
--> statement-breakpoint
ALTER TABLE nodes
  ADD COLUMN IF NOT EXISTS host_ca_public_key varchar(200) CHARACTER SET ascii COLLATE ascii_bin AFTER disk_free_bytes,
  ADD COLUMN IF NOT EXISTS fence_changed_at datetime(3) AFTER host_ca_public_key;
