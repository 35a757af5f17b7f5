import { bigint, char, double, index, int, mediumtext, mysqlTable, primaryKey } from "drizzle-orm/mysql-core";
import { sessions } from "./sessions";
import { instant, ref } from "./util";

const count = (name: string) => bigint(name, { mode: "number", unsigned: true });

/**
 * What a session used, every ten seconds for an hour. CPU and network are the kernel's own sums since the container's
 * start: rates are made of them on reading, so that neither a worker's restart nor a second worker distorts them.
 */
export const sessionSamples = mysqlTable(
  "session_samples",
  {
    sessionId: ref("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** The ten seconds it stands for, on the database's clock; of several workers' samples the first stays. */
    at: instant("at").notNull(),
    /** The container's: another one's sums begin anew. */
    generation: int("generation").notNull(),
    /** The host's clock since its boot when the sums were read, in ms. */
    hostMs: count("host_ms").notNull(),
    cpuUs: count("cpu_us").notNull(),
    memoryBytes: count("memory_bytes").notNull(),
    memoryLimitBytes: count("memory_limit_bytes"),
    receivedBytes: count("received_bytes").notNull(),
    sentBytes: count("sent_bytes").notNull(),
    pids: int("pids").notNull(),
    diskBytes: count("disk_bytes"),
    diskQuotaBytes: count("disk_quota_bytes"),
    gpuPercent: double("gpu_percent"),
    gpuMemoryMiB: int("gpu_memory_mib"),
    gpuCelsius: double("gpu_celsius"),
    gpuWatts: double("gpu_watts"),
  },
  (t) => [
    // The session page: the last hour of one session, and what came since.
    primaryKey({ columns: [t.sessionId, t.at] }),
    // Sweeping old ones.
    index("session_samples_at").on(t.at),
  ],
);

/** The end of a session's log as last seen; stays after its end, so that a failure can be read. */
export const sessionLogs = mysqlTable("session_logs", {
  sessionId: ref("session_id")
    .primaryKey()
    .references(() => sessions.id, { onDelete: "cascade" }),
  text: mediumtext("text").notNull(),
  /** SHA-256 of the text: an unchanged log is not written again. */
  digest: char("digest", { length: 64 }).notNull(),
  changedAt: instant("changed_at").notNull(),
});
