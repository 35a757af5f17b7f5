import { index, mysqlEnum, mysqlTable, unique, varchar } from "drizzle-orm/mysql-core";
import { plannedLaunch, plannedStates } from "@/lib/sessions/planned-model";
import { exposures } from "@/lib/workspaces/model";
import { users } from "./auth";
import { gpus } from "./fleet";
import { sessions } from "./sessions";
import { id, instant, json, ref } from "./util";

/**
 * Sessions that start by themselves, each in an hour that its owner held of a GPU when it was planned. No slot is named:
 * whose the hour is shows when it comes.
 */
export const plannedStarts = mysqlTable(
  "planned_starts",
  {
    id: id(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    gpuId: ref("gpu_id")
      .notNull()
      .references(() => gpus.id),
    /** The hour's first instant. */
    startsAt: instant("starts_at").notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    /** What is launched, but for the GPU. */
    launch: json("launch", plannedLaunch).notNull(),
    state: mysqlEnum("state", plannedStates).notNull().default("PLANNED"),
    /** When it is tried: at the hour, and again a little later while what is in the way may pass. */
    dueAt: instant("due_at").notNull(),
    /** What is in the way, or why nothing came of it. */
    reason: varchar("reason", { length: 1000 }),
    sessionId: ref("session_id").references(() => sessions.id),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    // One for each hour; and somebody's.
    unique("planned_starts_hour").on(t.userId, t.gpuId, t.startsAt),
    // Those whose hour has come.
    index("planned_starts_due").on(t.state, t.startsAt),
    // Sweeping old ones.
    index("planned_starts_ended").on(t.endedAt),
  ],
);
