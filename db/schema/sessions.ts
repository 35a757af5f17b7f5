import { sql } from "drizzle-orm";
import {
  boolean,
  foreignKey,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import { z } from "zod";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import { probeCauses, probeView, sessionEventKinds, sessionStates, stopReasons } from "@/lib/sessions/model";
import { exposures } from "@/lib/workspaces/model";
import { users } from "./auth";
import { gpus, nodes, packs } from "./fleet";
import { id, instant, json, publicId, ref } from "./util";
import { workspaces } from "./workspaces";

/** Holds while a session has its GPU, port and workspace; equals `activeSessionStates` of the model. */
const whileActive = (column: string) =>
  sql.raw(`if(state in ('STARTING','RUNNING','STOPPING'), ${column}, null)`);

const leavesAt = `held_until - interval ${leaveSeconds} second`;

export const sessions = mysqlTable(
  "sessions",
  {
    id: id(),
    slug: varchar("slug", { length: 8 }).notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    nodeId: ref("node_id")
      .notNull()
      .references(() => nodes.id),
    gpuId: ref("gpu_id")
      .notNull()
      .references(() => gpus.id),
    packId: ref("pack_id")
      .notNull()
      .references(() => packs.id),
    workspaceId: ref("workspace_id").notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    state: mysqlEnum("state", sessionStates).notNull(),
    sshPort: int("ssh_port").notNull(),
    /** Which incarnation of the workspace it mounts; fixed at launch. */
    workspaceGeneration: int("workspace_generation").notNull(),
    ttlMinutes: int("ttl_minutes"),
    createdAt: instant("created_at").notNull(),
    runningAt: instant("running_at"),
    stopsAt: instant("stops_at"),
    /** `stopsAt` is when the owner's GPU-hours of the week are used up, before the session's own time limit. */
    endsWithHours: boolean("ends_with_hours").notNull().default(false),
    /** It was launched in an hour that its owner holds, and goes on only in such hours; others make room for who holds one. */
    needsHeldHours: boolean("needs_held_hours").notNull().default(false),
    /** When the hours end in which it may run on a GPU whose hours are sold; null where none ends it. */
    heldUntil: instant("held_until"),
    /** When the first of both ends it. */
    endsAt: instant("ends_at").generatedAlwaysAs(
      sql.raw(`coalesce(least(stops_at, ${leavesAt}), stops_at, ${leavesAt})`),
      { mode: "stored" },
    ),
    stopRequestedAt: instant("stop_requested_at"),
    stopReason: mysqlEnum("stop_reason", stopReasons),
    endedAt: instant("ended_at"),
    /** The snapshot to take at stop, chosen when the stop is asked for so that a repeated stop takes no second one. */
    stopSnapshotId: publicId("stop_snapshot_id"),
    /** Why it failed; a STOPPING session with one ends in ERROR. */
    error: varchar("error", { length: 1000 }),
    condition: varchar("condition_text", { length: 500 }),
    /** Boot and engine under which the container was started: tells a host restart from a container that exited. */
    bootId: varchar("boot_id", { length: 64 }),
    engineStartedAt: instant("engine_started_at"),
    /** Fencing number: raised by each claim, carried to the agent. */
    generation: int("generation").notNull().default(0),
    claimOwner: varchar("claim_owner", { length: 64 }),
    claimExpiresAt: instant("claim_expires_at"),
    attempts: int("attempts").notNull().default(0),
    nextAttemptAt: instant("next_attempt_at").notNull(),
    /** Raised when the owner's SSH keys change; the worker pushes until `keysPushedVersion` has caught up. */
    keysVersion: int("keys_version").notNull().default(0),
    keysPushedVersion: int("keys_pushed_version").notNull().default(0),
    /** How often this start moved to another port because the host had the one before in use. */
    portsTried: int("ports_tried").notNull().default(0),
    /** When what it reaches is tried next, and why; pushed on by each claim, so that it is a lease too. Null at the end. */
    probeDueAt: instant("probe_due_at"),
    probeCause: mysqlEnum("probe_cause", probeCauses).notNull().default("started"),
    /** Fencing number of its own, since trying what it reaches must hold up nothing else. */
    probeClaim: int("probe_claim").notNull().default(0),
    lastProbeId: ref("last_probe_id"),
    /** What the last probe reached and must not have; null while isolation holds. */
    isolationFault: varchar("isolation_fault", { length: 500 }),
    activeGpuId: ref("active_gpu_id").generatedAlwaysAs(whileActive("gpu_id"), { mode: "stored" }),
    activeNodeId: ref("active_node_id").generatedAlwaysAs(whileActive("node_id"), { mode: "stored" }),
    activeSshPort: int("active_ssh_port").generatedAlwaysAs(whileActive("ssh_port"), { mode: "stored" }),
    activeWorkspaceId: ref("active_workspace_id").generatedAlwaysAs(whileActive("workspace_id"), {
      mode: "stored",
    }),
  },
  (t) => [
    unique("sessions_slug").on(t.slug),
    // One active session per GPU, per (node, port), per workspace: what must hold under concurrency.
    unique("sessions_active_gpu").on(t.activeGpuId),
    unique("sessions_active_port").on(t.activeNodeId, t.activeSshPort),
    unique("sessions_active_workspace").on(t.activeWorkspaceId),
    // A session obeys its workspace's exposure and owner.
    foreignKey({
      name: "sessions_workspace_tenant",
      columns: [t.workspaceId, t.exposure, t.userId],
      foreignColumns: [workspaces.id, workspaces.exposure, workspaces.userId],
    }),
    // A user's sessions, newest first; and the count of active ones.
    index("sessions_user").on(t.userId, t.id),
    // What a person used in a week: those that ended in it or go on.
    index("sessions_user_time").on(t.userId, t.endedAt, t.runningAt),
    // The worker's claim, and the time-limit sweep.
    index("sessions_due").on(t.state, t.nextAttemptAt),
    index("sessions_stops").on(t.state, t.stopsAt),
    // Running sessions whose reach is to be tried. Without the state, whose changes are in the way of enough others.
    index("sessions_probe_due").on(t.probeDueAt),
  ],
);

/** The timeline. Its id orders everything that happens and drives the live stream. */
export const sessionEvents = mysqlTable(
  "session_events",
  {
    id: id(),
    sessionId: ref("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    kind: mysqlEnum("kind", sessionEventKinds).notNull(),
    detail: varchar("detail", { length: 1000 }).notNull(),
    at: instant("at").notNull(),
  },
  (t) => [index("session_events_session").on(t.sessionId, t.id)],
);

/** Evidence: what a session could reach when it was tried. The newest are kept, some time after its end the last alone. */
export const sessionProbes = mysqlTable(
  "session_probes",
  {
    id: id(),
    sessionId: ref("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    at: instant("at").notNull(),
    cause: mysqlEnum("cause", probeCauses).notNull(),
    /** Nothing was reached that must not be. */
    ok: boolean("ok").notNull(),
    /** Of what must be refused, how much was. */
    refused: int("refused").notNull(),
    /** What was reached, whether it may be or not. */
    reached: int("reached").notNull(),
    probes: json("probes", z.array(probeView)).notNull(),
  },
  // A session's evidence, newest first.
  (t) => [index("session_probes_session").on(t.sessionId, t.id)],
);
