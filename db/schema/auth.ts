import { boolean, char, index, int, mysqlEnum, mysqlTable, unique, varchar } from "drizzle-orm/mysql-core";
import { roles } from "@/lib/auth/model";
import { amount, id, instant, publicId, ref } from "./util";

export const users = mysqlTable(
  "users",
  {
    id: id(),
    publicId: publicId().notNull(),
    username: varchar("username", { length: 32 }).notNull(),
    email: varchar("email", { length: 254 }).notNull(),
    passwordHash: varchar("password_hash", { length: 255 }).notNull(),
    role: mysqlEnum("role", roles).notNull().default("user"),
    canUseInternal: boolean("can_use_internal").notNull().default(false),
    disabledAt: instant("disabled_at"),
    maxSessions: int("max_sessions").notNull().default(2),
    /** Null in any of these: no limit. */
    maxGpuMinutesPerWeek: int("max_gpu_minutes_per_week"),
    maxDiskGb: int("max_disk_gb"),
    maxDurationMinutes: int("max_duration_minutes"),
    /** Credits that each week's turn gives; null: the lab's default. */
    weeklyBudget: amount("weekly_budget"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("users_public_id").on(t.publicId),
    // Login, and "taken" at registration.
    unique("users_username").on(t.username),
    unique("users_email").on(t.email),
  ],
);

/** Lucia's cookie sessions; `idHash` is the SHA-256 of the cookie's value. */
export const logins = mysqlTable(
  "logins",
  {
    idHash: char("id_hash", { length: 64 }).primaryKey(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    // Ending a user's other logins.
    index("logins_user").on(t.userId),
    // Sweeping expired ones.
    index("logins_expires").on(t.expiresAt),
  ],
);

export const sshKeys = mysqlTable(
  "ssh_keys",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: varchar("name", { length: 64 }).notNull(),
    type: varchar("type", { length: 64 }).notNull(),
    bits: int("bits").notNull(),
    fingerprint: varchar("fingerprint", { length: 64 }).notNull(),
    /** `type base64`, without the comment. */
    publicKey: varchar("public_key", { length: 8192 }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("ssh_keys_public_id").on(t.publicId),
    // A key names one person: the same key under two accounts would let either in as the other.
    unique("ssh_keys_fingerprint").on(t.fingerprint),
    // A user's keys, for settings and for every launch.
    index("ssh_keys_user").on(t.userId),
  ],
);

export const apiTokens = mysqlTable(
  "api_tokens",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: varchar("name", { length: 64 }).notNull(),
    /** SHA-256 of the whole `mf_…` secret. */
    secretHash: char("secret_hash", { length: 64 }).notNull(),
    hint: varchar("hint", { length: 12 }).notNull(),
    expiresAt: instant("expires_at"),
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("api_tokens_public_id").on(t.publicId),
    // Bearer authentication.
    unique("api_tokens_secret").on(t.secretHash),
    index("api_tokens_user").on(t.userId),
  ],
);

/** Token buckets for login and registration, keyed by a hash of account or address. */
export const throttles = mysqlTable(
  "throttles",
  {
    key: varchar("bucket", { length: 100 }).primaryKey(),
    /** Attempts counted since `windowStart`. */
    attempts: int("attempts").notNull(),
    windowStart: instant("window_start").notNull(),
  },
  // Sweeping old windows.
  (t) => [index("throttles_window").on(t.windowStart)],
);
