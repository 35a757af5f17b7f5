-- An evaluation that is brought in for a published competition takes force only when an administrator says so.

ALTER TABLE evaluations ADD COLUMN IF NOT EXISTS waits boolean NOT NULL DEFAULT 0 AFTER settings;
