import { index, mysqlTable, unique, varchar } from "drizzle-orm/mysql-core";
import { noticeContent } from "@/lib/notices/model";
import { id, instant, json, publicId, ref } from "./util";

/**
 * What people are told in the console, written in the transaction of what it tells of. No foreign key: its share lock on
 * the user's row would meet launches, which hold that row, from the ends of sessions, which hold the GPU's.
 */
export const notices = mysqlTable(
  "notices",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id").notNull(),
    content: json("content", noticeContent).notNull(),
    /** Names what it tells of, so that it is told once; null once it may be told again. */
    dedupeKey: varchar("dedupe_key", { length: 100 }),
    createdAt: instant("created_at").notNull(),
    readAt: instant("read_at"),
  },
  (t) => [
    unique("notices_public_id").on(t.publicId),
    // Once per person and event, whoever of several workers comes first.
    unique("notices_dedupe").on(t.userId, t.dedupeKey),
    // The bell's list, newest first.
    index("notices_user").on(t.userId, t.id),
    // The bell's count, and "mark all read".
    index("notices_unread").on(t.userId, t.readAt),
    // Sweeping old ones.
    index("notices_created").on(t.createdAt),
  ],
);
