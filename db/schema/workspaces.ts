import { sql } from "drizzle-orm";
import { bigint, char, index, int, mysqlEnum, mysqlTable, unique, varchar } from "drizzle-orm/mysql-core";
import { exposures, operationKinds, operationStates, snapshotReasons } from "@/lib/workspaces/model";
import { users } from "./auth";
import { nodes } from "./fleet";
import { id, instant, publicId, ref } from "./util";

export const workspaces = mysqlTable(
  "workspaces",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    nodeId: ref("node_id")
      .notNull()
      .references(() => nodes.id),
    name: varchar("name", { length: 40 }).notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    quotaGb: int("quota_gb").notNull(),
    /** The current incarnation of the data; a restore makes the next. */
    generation: int("generation").notNull().default(1),
    /** The agent's proof of the dataset; null until it was first made. Destroying needs it. */
    identity: char("identity", { length: 32 }),
    hostPublicKey: varchar("host_public_key", { length: 200 }),
    usedBytes: bigint("used_bytes", { mode: "number", unsigned: true }),
    snapshotBytes: bigint("snapshot_bytes", { mode: "number", unsigned: true }),
    /** Every generation with its snapshots, and the most they may hold; as last measured. */
    totalBytes: bigint("total_bytes", { mode: "number", unsigned: true }),
    spaceBytes: bigint("space_bytes", { mode: "number", unsigned: true }),
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull(),
    deletedAt: instant("deleted_at"),
    /** The name while it lives: a deleted workspace gives its name back. */
    liveName: varchar("live_name", { length: 40 }).generatedAlwaysAs(
      sql`if(deleted_at is null, name, null)`,
      {
        mode: "stored",
      },
    ),
  },
  (t) => [
    unique("workspaces_public_id").on(t.publicId),
    unique("workspaces_live_name").on(t.userId, t.exposure, t.liveName),
    // Target of the composite foreign key that makes sessions obey exposure and owner.
    unique("workspaces_tenant").on(t.id, t.exposure, t.userId),
  ],
);

export const snapshots = mysqlTable(
  "snapshots",
  {
    id: id(),
    publicId: publicId().notNull(),
    workspaceId: ref("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    generation: int("generation").notNull(),
    name: varchar("name", { length: 64 }),
    reason: mysqlEnum("reason", snapshotReasons).notNull(),
    usedBytes: bigint("used_bytes", { mode: "number", unsigned: true }).notNull(),
    referencedBytes: bigint("referenced_bytes", { mode: "number", unsigned: true }).notNull(),
    createdAt: instant("created_at").notNull(),
    /** The row stays: a measurement that listed it a moment before it went must not list it again. */
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    unique("snapshots_public_id").on(t.publicId),
    // A workspace's snapshots, newest first.
    index("snapshots_newest").on(t.workspaceId, t.id),
  ],
);

/** Work on a workspace that the worker does: 202 and this id. */
export const operations = mysqlTable(
  "operations",
  {
    id: id(),
    publicId: publicId().notNull(),
    kind: mysqlEnum("kind", operationKinds).notNull(),
    state: mysqlEnum("state", operationStates).notNull().default("QUEUED"),
    workspaceId: ref("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    requestedBy: ref("requested_by")
      .notNull()
      .references(() => users.id),
    /** snapshot: the one to make. restore: the one to bring back. */
    snapshotPublicId: publicId("snapshot_public_id"),
    /** restore: the snapshot taken of the present state first. */
    preRestoreSnapshotId: publicId("pre_restore_snapshot_id"),
    /** restore: the incarnation it makes; never one that an earlier restore may have begun. */
    newGeneration: int("new_generation"),
    snapshotName: varchar("snapshot_name", { length: 64 }),
    error: varchar("error", { length: 1000 }),
    /** What it waits for, while it does. */
    condition: varchar("condition_text", { length: 500 }),
    claimOwner: varchar("claim_owner", { length: 64 }),
    claimExpiresAt: instant("claim_expires_at"),
    attempts: int("attempts").notNull().default(0),
    nextAttemptAt: instant("next_attempt_at").notNull(),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
    activeWorkspaceId: ref("active_workspace_id").generatedAlwaysAs(
      sql`if(state in ('QUEUED','RUNNING'), workspace_id, null)`,
      { mode: "stored" },
    ),
  },
  (t) => [
    unique("operations_public_id").on(t.publicId),
    // One operation at a time on a workspace.
    unique("operations_active_workspace").on(t.activeWorkspaceId),
    // The worker's claim.
    index("operations_due").on(t.state, t.nextAttemptAt),
  ],
);
