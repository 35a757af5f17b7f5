-- Fixed-price blocks of hours on GPUs that are reserved.

ALTER TABLE lab_settings
  ADD COLUMN IF NOT EXISTS reservation_ahead_days int NOT NULL DEFAULT 14,
  ADD COLUMN IF NOT EXISTS reservation_max_hours int NOT NULL DEFAULT 24,
  ADD COLUMN IF NOT EXISTS reservation_max_open int NOT NULL DEFAULT 3;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS reservations (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  ends_at datetime(3) NOT NULL,
  rate bigint NOT NULL,
  rate_currency enum('CREDIT','USD') NOT NULL,
  state enum('pending','active','completed','cancelled') NOT NULL DEFAULT 'pending',
  cancelled_why enum('by_owner','by_admin','no_funds','account_disabled','gpu_out_of_service'),
  paid_until datetime(3) NOT NULL,
  settled_at datetime(3),
  created_at datetime(3) NOT NULL,
  activated_at datetime(3),
  ended_at datetime(3),
  UNIQUE KEY reservations_public_id (public_id),
  KEY reservations_user (user_id, id),
  KEY reservations_gpu (gpu_id, id),
  KEY reservations_unsettled (settled_at, paid_until),
  CONSTRAINT reservations_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT reservations_gpu_fk FOREIGN KEY (gpu_id) REFERENCES gpus (id),
  CONSTRAINT reservations_rate CHECK (rate > 0),
  CONSTRAINT reservations_times CHECK (starts_at < ends_at AND paid_until BETWEEN starts_at AND ends_at),
  CONSTRAINT reservations_paid CHECK (
    (state <> 'pending' OR paid_until = starts_at) AND (state <> 'completed' OR paid_until = ends_at)
  ),
  CONSTRAINT reservations_end CHECK (
    (state IN ('completed','cancelled')) = (ended_at IS NOT NULL) AND (state = 'cancelled') = (cancelled_why IS NOT NULL)
  ),
  CONSTRAINT reservations_settled CHECK (
    (state NOT IN ('pending','active') OR settled_at IS NULL) AND (state <> 'completed' OR settled_at IS NOT NULL)
  ),
  CONSTRAINT reservations_activated CHECK (
    (state <> 'pending' OR activated_at IS NULL) AND (state NOT IN ('active','completed') OR activated_at IS NOT NULL)
  )
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
-- Hours that are booked lie in weeks that nobody has laid out yet.
ALTER TABLE slots
  MODIFY COLUMN week char(10) CHARACTER SET ascii COLLATE ascii_bin,
  MODIFY COLUMN state enum('empty','leading','sold','released','reserved') NOT NULL DEFAULT 'empty',
  ADD COLUMN IF NOT EXISTS reservation_id bigint unsigned,
  ADD KEY IF NOT EXISTS slots_reservation (reservation_id, starts_at);
--> statement-breakpoint
ALTER TABLE slots
  ADD CONSTRAINT slots_reservation_fk FOREIGN KEY IF NOT EXISTS (reservation_id) REFERENCES reservations (id);
--> statement-breakpoint
ALTER TABLE slots DROP CONSTRAINT IF EXISTS slots_holder;
--> statement-breakpoint
ALTER TABLE slots
  ADD CONSTRAINT IF NOT EXISTS slots_holder CHECK (
    (state IN ('leading','sold','reserved')) = (user_id IS NOT NULL)
    AND price >= 0 AND (price > 0) = (state IN ('leading','sold'))
    AND (state = 'leading') = (hold IS NOT NULL)
    AND (state = 'reserved') = (reservation_id IS NOT NULL)
    AND (week IS NOT NULL OR state = 'reserved')
    AND price <= n
  );
