-- Sessions that start by themselves, in an hour that their owner holds of a GPU.

CREATE TABLE IF NOT EXISTS planned_starts (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint unsigned NOT NULL,
  gpu_id bigint unsigned NOT NULL,
  starts_at datetime(3) NOT NULL,
  exposure enum('external','internal') NOT NULL,
  launch json NOT NULL,
  state enum('PLANNED','STARTED','FAILED','LAPSED') NOT NULL DEFAULT 'PLANNED',
  due_at datetime(3) NOT NULL,
  reason varchar(1000),
  session_id bigint unsigned,
  created_at datetime(3) NOT NULL,
  ended_at datetime(3),
  UNIQUE KEY planned_starts_hour (user_id, gpu_id, starts_at),
  KEY planned_starts_due (state, starts_at),
  KEY planned_starts_ended (ended_at),
  CONSTRAINT planned_starts_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT planned_starts_gpu_fk FOREIGN KEY (gpu_id) REFERENCES gpus (id),
  CONSTRAINT planned_starts_session_fk FOREIGN KEY (session_id) REFERENCES sessions (id),
  CONSTRAINT planned_starts_end CHECK (
    (state = 'PLANNED') = (ended_at IS NULL) AND (state = 'STARTED') = (session_id IS NOT NULL)
  )
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
