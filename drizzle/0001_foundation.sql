-- Accounts, GPUs, workspaces, sessions. Every statement can be run again: DDL is not transactional in MariaDB.

CREATE TABLE IF NOT EXISTS users (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  username varchar(32) NOT NULL,
  email varchar(254) NOT NULL,
  password_hash varchar(255) NOT NULL,
  role enum('user','admin') NOT NULL DEFAULT 'user',
  can_use_internal boolean NOT NULL DEFAULT false,
  disabled_at datetime(3),
  max_sessions int NOT NULL DEFAULT 2,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY users_public_id (public_id),
  UNIQUE KEY users_username (username),
  UNIQUE KEY users_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS logins (
  id_hash char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  user_id bigint unsigned NOT NULL,
  expires_at datetime(3) NOT NULL,
  created_at datetime(3) NOT NULL,
  KEY logins_user (user_id),
  KEY logins_expires (expires_at),
  CONSTRAINT logins_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS ssh_keys (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  name varchar(64) NOT NULL,
  type varchar(64) NOT NULL,
  bits int NOT NULL,
  fingerprint varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  public_key varchar(8192) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY ssh_keys_public_id (public_id),
  UNIQUE KEY ssh_keys_fingerprint (fingerprint),
  KEY ssh_keys_user (user_id),
  CONSTRAINT ssh_keys_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS api_tokens (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  name varchar(64) NOT NULL,
  secret_hash char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hint varchar(12) NOT NULL,
  expires_at datetime(3),
  last_used_at datetime(3),
  created_at datetime(3) NOT NULL,
  UNIQUE KEY api_tokens_public_id (public_id),
  UNIQUE KEY api_tokens_secret (secret_hash),
  KEY api_tokens_user (user_id),
  CONSTRAINT api_tokens_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS throttles (
  bucket varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  attempts int NOT NULL,
  window_start datetime(3) NOT NULL,
  KEY throttles_window (window_start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS audit_log (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at datetime(3) NOT NULL,
  actor_id bigint unsigned,
  actor_name varchar(32),
  action varchar(64) NOT NULL,
  resource varchar(64),
  request_id varchar(64),
  detail json NOT NULL,
  KEY audit_at (at),
  KEY audit_actor (actor_id, at),
  KEY audit_resource (resource, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS changes (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint unsigned,
  topic varchar(32) NOT NULL,
  resource varchar(64),
  at datetime(3) NOT NULL,
  KEY changes_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS installation (
  id smallint NOT NULL PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at datetime(3) NOT NULL,
  CONSTRAINT installation_single CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS nodes (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name varchar(64) NOT NULL,
  boot_id varchar(64),
  engine_started_at datetime(3),
  last_seen_at datetime(3),
  unreachable_since datetime(3),
  condition_text varchar(500),
  cpus int,
  memory_bytes bigint unsigned,
  disk_total_bytes bigint unsigned,
  disk_free_bytes bigint unsigned,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY nodes_public_id (public_id),
  UNIQUE KEY nodes_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS gpus (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  node_id bigint unsigned NOT NULL,
  uuid varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  device_index int NOT NULL,
  model varchar(100) NOT NULL,
  memory_mib int NOT NULL,
  simulated boolean NOT NULL,
  state enum('available','draining','disabled') NOT NULL DEFAULT 'available',
  state_reason varchar(200),
  present boolean NOT NULL DEFAULT true,
  usage_sample json,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY gpus_public_id (public_id),
  UNIQUE KEY gpus_uuid (uuid),
  KEY gpus_pick (state, present, node_id, device_index),
  CONSTRAINT gpus_node_fk FOREIGN KEY (node_id) REFERENCES nodes (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS packs (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  slug varchar(31) NOT NULL,
  name varchar(64) NOT NULL,
  description varchar(500) NOT NULL,
  cpus int NOT NULL,
  memory_mib int NOT NULL,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY packs_public_id (public_id),
  UNIQUE KEY packs_slug (slug)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
INSERT IGNORE INTO packs (public_id, slug, name, description, cpus, memory_mib, created_at)
VALUES ('pck_basebasebasebase', 'base', 'Base', 'Debian 12 with Python 3, git, tmux and rsync. Install more with pip into your workspace.', 2, 4096, UTC_TIMESTAMP(3));
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS workspaces (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  node_id bigint unsigned NOT NULL,
  name varchar(40) NOT NULL,
  exposure enum('external','internal') NOT NULL,
  quota_gb int NOT NULL,
  generation int NOT NULL DEFAULT 1,
  identity char(32) CHARACTER SET ascii COLLATE ascii_bin,
  host_public_key varchar(200) CHARACTER SET ascii COLLATE ascii_bin,
  used_bytes bigint unsigned,
  snapshot_bytes bigint unsigned,
  last_used_at datetime(3),
  created_at datetime(3) NOT NULL,
  deleted_at datetime(3),
  live_name varchar(40) GENERATED ALWAYS AS (if(deleted_at is null, name, null)) STORED,
  UNIQUE KEY workspaces_public_id (public_id),
  UNIQUE KEY workspaces_live_name (user_id, exposure, live_name),
  UNIQUE KEY workspaces_tenant (id, exposure, user_id),
  CONSTRAINT workspaces_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT workspaces_node_fk FOREIGN KEY (node_id) REFERENCES nodes (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS snapshots (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  workspace_id bigint unsigned NOT NULL,
  generation int NOT NULL,
  name varchar(64),
  reason enum('manual','stop','pre_restore','recovery') NOT NULL,
  used_bytes bigint unsigned NOT NULL,
  referenced_bytes bigint unsigned NOT NULL,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY snapshots_public_id (public_id),
  KEY snapshots_workspace (workspace_id, created_at),
  CONSTRAINT snapshots_workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS operations (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind enum('snapshot','restore','delete') NOT NULL,
  state enum('QUEUED','RUNNING','SUCCEEDED','FAILED') NOT NULL DEFAULT 'QUEUED',
  workspace_id bigint unsigned NOT NULL,
  requested_by bigint unsigned NOT NULL,
  snapshot_public_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
  pre_restore_snapshot_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
  snapshot_name varchar(64),
  error varchar(1000),
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at datetime(3) NOT NULL,
  created_at datetime(3) NOT NULL,
  finished_at datetime(3),
  active_workspace_id bigint unsigned GENERATED ALWAYS AS (if(state in ('QUEUED','RUNNING'), workspace_id, null)) STORED,
  UNIQUE KEY operations_public_id (public_id),
  UNIQUE KEY operations_active_workspace (active_workspace_id),
  KEY operations_due (state, next_attempt_at),
  CONSTRAINT operations_workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
  CONSTRAINT operations_user_fk FOREIGN KEY (requested_by) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS sessions (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  slug varchar(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id bigint unsigned NOT NULL,
  node_id bigint unsigned NOT NULL,
  gpu_id bigint unsigned NOT NULL,
  pack_id bigint unsigned NOT NULL,
  workspace_id bigint unsigned NOT NULL,
  exposure enum('external','internal') NOT NULL,
  state enum('STARTING','RUNNING','STOPPING','STOPPED','ERROR') NOT NULL,
  ssh_port int NOT NULL,
  workspace_generation int NOT NULL,
  ttl_minutes int,
  created_at datetime(3) NOT NULL,
  running_at datetime(3),
  stops_at datetime(3),
  stop_requested_at datetime(3),
  stop_reason enum('user','admin','time_limit','start_failed','exited','shutdown'),
  ended_at datetime(3),
  stop_snapshot_id varchar(20) CHARACTER SET ascii COLLATE ascii_bin,
  error varchar(1000),
  condition_text varchar(500),
  boot_id varchar(64),
  engine_started_at datetime(3),
  generation int NOT NULL DEFAULT 0,
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at datetime(3) NOT NULL,
  active_gpu_id bigint unsigned GENERATED ALWAYS AS (if(state in ('STARTING','RUNNING','STOPPING'), gpu_id, null)) STORED,
  active_node_id bigint unsigned GENERATED ALWAYS AS (if(state in ('STARTING','RUNNING','STOPPING'), node_id, null)) STORED,
  active_ssh_port int GENERATED ALWAYS AS (if(state in ('STARTING','RUNNING','STOPPING'), ssh_port, null)) STORED,
  active_workspace_id bigint unsigned GENERATED ALWAYS AS (if(state in ('STARTING','RUNNING','STOPPING'), workspace_id, null)) STORED,
  UNIQUE KEY sessions_slug (slug),
  UNIQUE KEY sessions_active_gpu (active_gpu_id),
  UNIQUE KEY sessions_active_port (active_node_id, active_ssh_port),
  UNIQUE KEY sessions_active_workspace (active_workspace_id),
  KEY sessions_user (user_id, id),
  KEY sessions_due (state, next_attempt_at),
  KEY sessions_stops (state, stops_at),
  CONSTRAINT sessions_port_range CHECK (ssh_port BETWEEN 10000 AND 10999),
  CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT sessions_node_fk FOREIGN KEY (node_id) REFERENCES nodes (id),
  CONSTRAINT sessions_gpu_fk FOREIGN KEY (gpu_id) REFERENCES gpus (id),
  CONSTRAINT sessions_pack_fk FOREIGN KEY (pack_id) REFERENCES packs (id),
  CONSTRAINT sessions_workspace_tenant FOREIGN KEY (workspace_id, exposure, user_id) REFERENCES workspaces (id, exposure, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS session_events (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_id bigint unsigned NOT NULL,
  kind enum('requested','workspace_ready','port_moved','container_started','running','restarting','stop_requested','snapshot_taken','snapshot_failed','keys_updated','stopped','failed','waiting') NOT NULL,
  detail varchar(1000) NOT NULL,
  at datetime(3) NOT NULL,
  KEY session_events_session (session_id, id),
  CONSTRAINT session_events_session_fk FOREIGN KEY (session_id) REFERENCES sessions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
