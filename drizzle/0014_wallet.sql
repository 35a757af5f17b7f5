-- The ledger: who has money, and every movement and hold of it.

CREATE TABLE IF NOT EXISTS accounts (
  id bigint unsigned NOT NULL PRIMARY KEY,
  currency enum('CREDIT','USD') NOT NULL,
  user_id bigint unsigned,
  system_kind enum('issued','expired','revenue','adjustment'),
  posted bigint,
  held bigint,
  frozen_at datetime(3),
  frozen_reason varchar(500),
  created_at datetime(3) NOT NULL,
  UNIQUE KEY accounts_user (user_id, currency),
  UNIQUE KEY accounts_system (system_kind, currency),
  UNIQUE KEY accounts_currency (id, currency),
  CONSTRAINT accounts_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT accounts_one_owner CHECK ((user_id IS NULL) <> (system_kind IS NULL)),
  CONSTRAINT accounts_id_of_owner CHECK (id DIV 256 = COALESCE(user_id, 0)),
  CONSTRAINT accounts_balances CHECK ((posted IS NULL) = (user_id IS NULL) AND (held IS NULL) = (user_id IS NULL)),
  CONSTRAINT accounts_held CHECK (held >= 0),
  CONSTRAINT accounts_available CHECK (posted - held >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS transfers (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  idempotency_key varchar(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type enum('posted','pending','post','void') NOT NULL,
  currency enum('CREDIT','USD') NOT NULL,
  debit_account_id bigint unsigned NOT NULL,
  credit_account_id bigint unsigned NOT NULL,
  amount bigint NOT NULL,
  pending_id bigint unsigned,
  expires_at datetime(3),
  kind enum('bid','reservation','correction','refill','lapse','take','release') NOT NULL,
  reference varchar(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  debit_posted_after bigint,
  credit_posted_after bigint,
  created_at datetime(3) NOT NULL,
  UNIQUE KEY transfers_key (idempotency_key),
  UNIQUE KEY transfers_pending (pending_id),
  KEY transfers_debit (debit_account_id, currency),
  KEY transfers_credit (credit_account_id, currency),
  KEY transfers_expires (expires_at),
  CONSTRAINT transfers_debit_fk FOREIGN KEY (debit_account_id, currency) REFERENCES accounts (id, currency),
  CONSTRAINT transfers_credit_fk FOREIGN KEY (credit_account_id, currency) REFERENCES accounts (id, currency),
  CONSTRAINT transfers_pending_fk FOREIGN KEY (pending_id) REFERENCES transfers (id),
  CONSTRAINT transfers_amount CHECK (amount > 0),
  CONSTRAINT transfers_two_accounts CHECK (debit_account_id <> credit_account_id),
  CONSTRAINT transfers_ends CHECK ((pending_id IS NOT NULL) = (type IN ('post','void'))),
  CONSTRAINT transfers_expiry CHECK (expires_at IS NULL OR type = 'pending')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS ledger_checks (
  day date NOT NULL PRIMARY KEY,
  claim_owner varchar(64),
  claim_expires_at datetime(3),
  finished_at datetime(3),
  findings int
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
--> statement-breakpoint
CREATE TRIGGER IF NOT EXISTS transfers_no_update BEFORE UPDATE ON transfers FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Transfers are never changed: add a correcting one.';
--> statement-breakpoint
CREATE TRIGGER IF NOT EXISTS transfers_no_delete BEFORE DELETE ON transfers FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Transfers are never removed: add a correcting one.';
--> statement-breakpoint
INSERT IGNORE INTO accounts (id, currency, system_kind, created_at) VALUES
  (1, 'CREDIT', 'issued', UTC_TIMESTAMP(3)),
  (2, 'USD', 'issued', UTC_TIMESTAMP(3)),
  (9, 'CREDIT', 'expired', UTC_TIMESTAMP(3)),
  (10, 'USD', 'expired', UTC_TIMESTAMP(3)),
  (17, 'CREDIT', 'revenue', UTC_TIMESTAMP(3)),
  (18, 'USD', 'revenue', UTC_TIMESTAMP(3)),
  (25, 'CREDIT', 'adjustment', UTC_TIMESTAMP(3)),
  (26, 'USD', 'adjustment', UTC_TIMESTAMP(3));
