-- What only tells of a session goes with its row: events and probes as samples and logs do.

ALTER TABLE session_probes DROP FOREIGN KEY IF EXISTS session_probes_session_fk;
--> statement-breakpoint
ALTER TABLE session_probes
  ADD CONSTRAINT session_probes_session_fk FOREIGN KEY IF NOT EXISTS (session_id) REFERENCES sessions (id) ON DELETE CASCADE;
--> statement-breakpoint
ALTER TABLE session_events DROP FOREIGN KEY IF EXISTS session_events_session_fk;
--> statement-breakpoint
ALTER TABLE session_events
  ADD CONSTRAINT session_events_session_fk FOREIGN KEY IF NOT EXISTS (session_id) REFERENCES sessions (id) ON DELETE CASCADE;
