-- Files of rejected submissions are given up in time, and what one person sends in a day is bounded.

ALTER TABLE submissions ADD COLUMN IF NOT EXISTS file_dropped_at datetime(3);
--> statement-breakpoint
ALTER TABLE submissions ADD KEY IF NOT EXISTS submissions_bytes (user_id, accepted_at, bytes);
