import {
  bigint,
  boolean,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  smallint,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import { gpuModes, gpuProcessesSample, gpuStates, gpuUsage } from "@/lib/fleet/model";
import { currencies } from "@/lib/wallet/model";
import { id, instant, json, money, publicId, ref } from "./util";

/** One row: which installation this database is. Containers and datasets carry the id. */
export const installation = mysqlTable("installation", {
  /** Always 1. */
  id: smallint("id").primaryKey(),
  publicId: publicId().notNull(),
  createdAt: instant("created_at").notNull(),
});

export const nodes = mysqlTable(
  "nodes",
  {
    id: id(),
    publicId: publicId().notNull(),
    name: varchar("name", { length: 64 }).notNull(),
    /** What the agent last said; a changed boot id or engine start explains why containers are gone. */
    bootId: varchar("boot_id", { length: 64 }),
    engineStartedAt: instant("engine_started_at"),
    lastSeenAt: instant("last_seen_at"),
    /** Since when the agent has not answered; null while it does. */
    unreachableSince: instant("unreachable_since"),
    condition: varchar("condition_text", { length: 500 }),
    cpus: int("cpus"),
    memoryBytes: bigint("memory_bytes", { mode: "number", unsigned: true }),
    diskTotalBytes: bigint("disk_total_bytes", { mode: "number", unsigned: true }),
    diskFreeBytes: bigint("disk_free_bytes", { mode: "number", unsigned: true }),
    /** `ssh-ed25519 AAAA…` of the authority that signs the host's workspaces' keys. */
    hostCaPublicKey: varchar("host_ca_public_key", { length: 200 }),
    /** The agent's last word on when it found the firewall changed: another one means that sessions are probed anew. */
    fenceChangedAt: instant("fence_changed_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [unique("nodes_public_id").on(t.publicId), unique("nodes_name").on(t.name)],
);

export const gpus = mysqlTable(
  "gpus",
  {
    id: id(),
    publicId: publicId().notNull(),
    nodeId: ref("node_id")
      .notNull()
      .references(() => nodes.id),
    uuid: varchar("uuid", { length: 64 }).notNull(),
    deviceIndex: int("device_index").notNull(),
    model: varchar("model", { length: 100 }).notNull(),
    memoryMiB: int("memory_mib").notNull(),
    simulated: boolean("simulated").notNull(),
    state: mysqlEnum("state", gpuStates).notNull().default("available"),
    stateReason: varchar("state_reason", { length: 200 }),
    mode: mysqlEnum("mode", gpuModes).notNull().default("on-demand"),
    /** What an hour costs, of a GPU that is reserved; null for the others. */
    rate: money("rate"),
    rateCurrency: mysqlEnum("rate_currency", currencies),
    /** False once the agent's inventory no longer has it; the row stays for history. */
    present: boolean("present").notNull().default(true),
    /** Since when it has not; null while it does. */
    absentSince: instant("absent_since"),
    usage: json("usage_sample", gpuUsage),
    /** The programs on it as the driver last listed them. */
    processes: json("processes_sample", gpuProcessesSample),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("gpus_public_id").on(t.publicId),
    unique("gpus_uuid").on(t.uuid),
    // Picking a free GPU, in device order.
    index("gpus_pick").on(t.state, t.present, t.nodeId, t.deviceIndex),
  ],
);

export const packs = mysqlTable(
  "packs",
  {
    id: id(),
    publicId: publicId().notNull(),
    slug: varchar("slug", { length: 31 }).notNull(),
    name: varchar("name", { length: 64 }).notNull(),
    description: varchar("description", { length: 500 }).notNull(),
    cpus: int("cpus").notNull(),
    memoryMiB: int("memory_mib").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [unique("packs_public_id").on(t.publicId), unique("packs_slug").on(t.slug)],
);
