import {
  char,
  foreignKey,
  index,
  int,
  mysqlTable,
  primaryKey,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import { users } from "./auth";
import { gpus, nodes } from "./fleet";
import { id, instant, publicId, ref } from "./util";

const samples = (name: string) => int(name).notNull();

/** GPU-hours that somebody looked at. A sample is a minute of the database's clock, whoever looked how often in it. */
export const slotUsage = mysqlTable(
  "slot_usage",
  {
    gpuId: ref("gpu_id")
      .notNull()
      .references(() => gpus.id),
    startsAt: instant("starts_at").notNull(),
    samples: samples("samples"),
    /** Those in which anybody was on it. */
    busySamples: samples("busy_samples"),
    lookedAt: instant("looked_at").notNull(),
    busyAt: instant("busy_at"),
    /** When the hour's outcome was written, once; nothing of the row changes afterwards. */
    closedAt: instant("closed_at"),
    /** Who held the hour. */
    assignedId: ref("assigned_id").references(() => users.id),
    assignedSamples: samples("assigned_samples").default(0),
    /** Who was on it most, by name: they need not be of the lab. Null for nobody. */
    actual: varchar("actual", { length: 64 }),
    actualSamples: samples("actual_samples").default(0),
  },
  (t) => [
    primaryKey({ columns: [t.gpuId, t.startsAt] }),
    // Hours that are over and not closed yet.
    index("slot_usage_open").on(t.closedAt, t.startsAt),
    index("slot_usage_assigned").on(t.assignedId),
  ],
);

/** Who was seen in an hour, and in how many of its samples; of weeks long over only what `slotUsage` says stays. */
export const slotSightings = mysqlTable(
  "slot_sightings",
  {
    gpuId: ref("gpu_id").notNull(),
    startsAt: instant("starts_at").notNull(),
    person: varchar("person", { length: 64 }).notNull(),
    samples: samples("samples"),
    seenAt: instant("seen_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.gpuId, t.startsAt, t.person] }),
    // What is condensed, and who is there now.
    index("slot_sightings_hour").on(t.startsAt),
    foreignKey({
      name: "slot_sightings_slot_fk",
      columns: [t.gpuId, t.startsAt],
      foreignColumns: [slotUsage.gpuId, slotUsage.startsAt],
    }).onDelete("cascade"),
  ],
);

/** Tokens of programs that tell who is on the GPUs of one host, and may do nothing else. */
export const monitorTokens = mysqlTable(
  "monitor_tokens",
  {
    id: id(),
    publicId: publicId().notNull(),
    nodeId: ref("node_id")
      .notNull()
      .references(() => nodes.id),
    name: varchar("name", { length: 64 }).notNull(),
    /** SHA-256 of the whole `mf_…` secret. */
    secretHash: char("secret_hash", { length: 64 }).notNull(),
    hint: varchar("hint", { length: 12 }).notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
    /** How far behind the database's clock the host's was when it was last used. */
    skewMs: int("skew_ms"),
  },
  (t) => [
    unique("monitor_tokens_public_id").on(t.publicId),
    // Bearer authentication.
    unique("monitor_tokens_secret").on(t.secretHash),
    index("monitor_tokens_node").on(t.nodeId),
  ],
);
