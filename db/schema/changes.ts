import { index, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { id, instant, ref } from "./util";

/**
 * What live pages listen to: a row per change, in the change's own transaction, swept after minutes.
 * Says only that something changed; the page asks again through the authorised query.
 */
export const changes = mysqlTable(
  "changes",
  {
    id: id(),
    /** Whose thing changed; null concerns everyone (a GPU became free). */
    userId: ref("user_id"),
    topic: varchar("topic", { length: 32 }).notNull(),
    /** Slug or public id. */
    resource: varchar("resource", { length: 64 }),
    at: instant("at").notNull(),
  },
  // Sweeping old ones.
  (t) => [index("changes_at").on(t.at)],
);
