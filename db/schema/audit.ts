import { index, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { z } from "zod";
import { id, instant, json, ref } from "./util";

/** Written in the transaction of the mutation it tells of. Rows outlive their actor: no foreign key. */
export const auditLog = mysqlTable(
  "audit_log",
  {
    id: id(),
    at: instant("at").notNull(),
    /** Null for the system itself and for attempts without an account. */
    actorId: ref("actor_id"),
    actorName: varchar("actor_name", { length: 32 }),
    /** `domain.verb`, e.g. `session.launch`. */
    action: varchar("action", { length: 64 }).notNull(),
    /** Public id or slug of what was acted on. */
    resource: varchar("resource", { length: 64 }),
    requestId: varchar("request_id", { length: 64 }),
    detail: json("detail", z.record(z.string(), z.unknown())).notNull(),
  },
  (t) => [
    // The audit page: newest first, by actor, by resource, by action.
    index("audit_at").on(t.at),
    index("audit_actor").on(t.actorId, t.at),
    index("audit_resource").on(t.resource, t.at),
    index("audit_action").on(t.action, t.at),
  ],
);
