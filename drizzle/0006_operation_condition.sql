-- What an operation waits for; and an index in the order in which a workspace's snapshots are listed.

ALTER TABLE operations
  ADD COLUMN IF NOT EXISTS condition_text varchar(500) AFTER error;
--> statement-breakpoint
ALTER TABLE snapshots
  ADD KEY IF NOT EXISTS snapshots_newest (workspace_id, id),
  DROP KEY IF EXISTS snapshots_workspace;
