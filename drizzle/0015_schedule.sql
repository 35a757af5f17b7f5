-- GPU time by the hour: weeks, modes of GPUs, slots with their bids, and what people get to spend.

ALTER TABLE gpus
  ADD COLUMN IF NOT EXISTS mode enum('on-demand','auction','reservation') NOT NULL DEFAULT 'on-demand' AFTER state_reason,
  ADD COLUMN IF NOT EXISTS rate bigint AFTER mode,
  ADD COLUMN IF NOT EXISTS rate_currency enum('CREDIT','USD') AFTER rate;
--> statement-breakpoint
ALTER TABLE gpus
  ADD CONSTRAINT IF NOT EXISTS gpus_rate CHECK (
    (mode = 'reservation') = (rate IS NOT NULL) AND (rate IS NULL) = (rate_currency IS NULL) AND coalesce(rate, 1) > 0
  );
--> statement-breakpoint
ALTER TABLE users ADD COLUMN IF NOT EXISTS weekly_budget bigint AFTER max_duration_minutes;
--> statement-breakpoint
ALTER TABLE users ADD CONSTRAINT IF NOT EXISTS users_weekly_budget CHECK (weekly_budget >= 0);
--> statement-breakpoint
ALTER TABLE lab_settings
  ADD COLUMN IF NOT EXISTS default_weekly_budget bigint NOT NULL DEFAULT 100000000,
  ADD COLUMN IF NOT EXISTS rollover_percent int NOT NULL DEFAULT 50,
  ADD COLUMN IF NOT EXISTS release_refund bigint NOT NULL DEFAULT 340000,
  ADD COLUMN IF NOT EXISTS bidding_closes_minutes int NOT NULL DEFAULT 0;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS schedule_zone (
  id smallint NOT NULL PRIMARY KEY,
  zone varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settled_at datetime(3) NOT NULL,
  CONSTRAINT schedule_zone_single CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS weeks (
  week char(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  starts_at datetime(3) NOT NULL,
  ends_at datetime(3) NOT NULL,
  closes_at datetime(3) NOT NULL,
  status enum('open','executing','final') NOT NULL,
  turned_at datetime(3),
  current_status enum('open','executing') GENERATED ALWAYS AS (if(status = 'final', NULL, status)) STORED,
  UNIQUE KEY weeks_current (current_status),
  UNIQUE KEY weeks_start (starts_at),
  CONSTRAINT weeks_times CHECK (closes_at <= starts_at AND starts_at < ends_at),
  CONSTRAINT weeks_turned CHECK ((status = 'open') = (turned_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS slots (
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  week char(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state enum('empty','leading','sold','released') NOT NULL DEFAULT 'empty',
  user_id bigint unsigned,
  price int NOT NULL DEFAULT 0,
  n int NOT NULL DEFAULT 0,
  hold varchar(80) CHARACTER SET ascii COLLATE ascii_bin,
  PRIMARY KEY (gpu_id, starts_at),
  KEY slots_week (week, state, gpu_id, starts_at, user_id, price),
  KEY slots_user (user_id, starts_at),
  CONSTRAINT slots_gpu_fk FOREIGN KEY (gpu_id) REFERENCES gpus (id),
  CONSTRAINT slots_week_fk FOREIGN KEY (week) REFERENCES weeks (week),
  CONSTRAINT slots_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT slots_holder CHECK (
    (state IN ('leading','sold')) = (user_id IS NOT NULL)
    AND price >= 0 AND (price > 0) = (user_id IS NOT NULL)
    AND (state = 'leading') = (hold IS NOT NULL)
    AND price <= n
  )
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS bids (
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  n int NOT NULL,
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  user_id bigint unsigned NOT NULL,
  price int NOT NULL,
  placed_at datetime(3) NOT NULL,
  outcome enum('leading','outbid','undone','won') NOT NULL DEFAULT 'leading',
  ended_at datetime(3),
  bulk_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
  PRIMARY KEY (gpu_id, starts_at, n),
  UNIQUE KEY bids_id (id),
  KEY bids_user (user_id, id),
  KEY bids_user_slot (user_id, starts_at, gpu_id),
  CONSTRAINT bids_slot_fk FOREIGN KEY (gpu_id, starts_at) REFERENCES slots (gpu_id, starts_at),
  CONSTRAINT bids_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT bids_price CHECK (price BETWEEN 1 AND n),
  CONSTRAINT bids_end CHECK ((outcome = 'leading') = (ended_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS week_budgets (
  week char(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  rolled_over bigint NOT NULL,
  lapsed bigint NOT NULL,
  refilled bigint NOT NULL,
  granted_at datetime(3) NOT NULL,
  PRIMARY KEY (week, user_id),
  KEY week_budgets_user (user_id),
  CONSTRAINT week_budgets_week_fk FOREIGN KEY (week) REFERENCES weeks (week),
  CONSTRAINT week_budgets_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT week_budgets_amounts CHECK (rolled_over >= 0 AND lapsed >= 0 AND refilled >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
