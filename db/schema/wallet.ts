import { date, foreignKey, index, int, mysqlEnum, mysqlTable, unique, varchar } from "drizzle-orm/mysql-core";
import {
  currencies,
  longestFreezeReason,
  systemKinds,
  transferKinds,
  transferTypes,
} from "@/lib/wallet/model";
import { users } from "./auth";
import { instant, money, ref } from "./util";

/** Who has money: one row for each user and currency, made when first needed, and the lab's own, made by the migration. */
export const accounts = mysqlTable(
  "accounts",
  {
    /** Follows from owner and currency (`accountId`), so that nobody has to look it up; a CHECK holds it to the owner. */
    id: ref("id").primaryKey(),
    currency: mysqlEnum("currency", currencies).notNull(),
    /** Null for the lab's own. */
    userId: ref("user_id").references(() => users.id),
    systemKind: mysqlEnum("system_kind", systemKinds),
    /** What is there, held or not. Null for the lab's own, which keep no balance and so are never waited for. */
    posted: money("posted"),
    /** What of it open holds reserve: never negative, never more than there is (CHECK). */
    held: money("held"),
    /** While it is frozen nothing moves. */
    frozenAt: instant("frozen_at"),
    frozenReason: varchar("frozen_reason", { length: longestFreezeReason }),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("accounts_user").on(t.userId, t.currency),
    unique("accounts_system").on(t.systemKind, t.currency),
    // What transfers point to: an account has one currency, and so has a transfer.
    unique("accounts_currency").on(t.id, t.currency),
  ],
);

/**
 * What was moved and held, one row for each step. Rows are never changed or removed (triggers refuse it): a mistake is
 * mended by another row.
 */
export const transfers = mysqlTable(
  "transfers",
  {
    /** Within one account in the order in which its balance changed, since its row is locked meanwhile. */
    id: ref("id").autoincrement().primaryKey(),
    /** Chosen by who asks, so that asking twice moves money once. */
    key: varchar("idempotency_key", { length: 190 }).notNull(),
    type: mysqlEnum("type", transferTypes).notNull(),
    currency: mysqlEnum("currency", currencies).notNull(),
    debitAccountId: ref("debit_account_id").notNull(),
    creditAccountId: ref("credit_account_id").notNull(),
    /** Above zero. Of a post what was moved, of a void what had been held. */
    amount: money("amount").notNull(),
    /** Of a post or void: the pending one that it ends. */
    pendingId: ref("pending_id"),
    /** Of a pending one: from then on it can only be voided. */
    expiresAt: instant("expires_at"),
    kind: mysqlEnum("kind", transferKinds).notNull(),
    /** What it was for, e.g. `slot:gpu_x:2026-12-05T05:00:00Z`. */
    reference: varchar("reference", { length: 190 }).notNull(),
    /** What was posted on either account after it; null where nothing moved, and for the lab's own. */
    debitPostedAfter: money("debit_posted_after"),
    creditPostedAfter: money("credit_posted_after"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("transfers_key").on(t.key),
    // A pending one is ended once.
    unique("transfers_pending").on(t.pendingId),
    // An account's history in order: InnoDB ends each entry with the primary key.
    index("transfers_debit").on(t.debitAccountId, t.currency),
    index("transfers_credit").on(t.creditAccountId, t.currency),
    // Holds to void.
    index("transfers_expires").on(t.expiresAt),
    foreignKey({
      name: "transfers_debit_fk",
      columns: [t.debitAccountId, t.currency],
      foreignColumns: [accounts.id, accounts.currency],
    }),
    foreignKey({
      name: "transfers_credit_fk",
      columns: [t.creditAccountId, t.currency],
      foreignColumns: [accounts.id, accounts.currency],
    }),
    foreignKey({ name: "transfers_pending_fk", columns: [t.pendingId], foreignColumns: [t.id] }),
  ],
);

/** The ledger's verifications, one each day: the day is the job's id, whichever worker does it. */
export const ledgerChecks = mysqlTable("ledger_checks", {
  /** In UTC, by the database's clock. */
  day: date("day", { mode: "string" }).primaryKey(),
  claimOwner: varchar("claim_owner", { length: 64 }),
  claimExpiresAt: instant("claim_expires_at"),
  /** Of the day's last one, by whomever it was asked for. */
  finishedAt: instant("finished_at"),
  findings: int("findings"),
});
