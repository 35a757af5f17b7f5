-- Booked hours in which nothing could start are not charged: since when a GPU is away, and how many hours that came to.

ALTER TABLE gpus
  ADD COLUMN IF NOT EXISTS absent_since datetime(3) AFTER present;
--> statement-breakpoint
UPDATE gpus SET absent_since = utc_timestamp(3) WHERE NOT present AND absent_since IS NULL;
--> statement-breakpoint
ALTER TABLE reservations
  ADD COLUMN IF NOT EXISTS lost_hours int NOT NULL DEFAULT 0 AFTER paid_until;
