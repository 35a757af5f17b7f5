import { and, count, desc, eq, isNull, lt, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { notices } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { NoticePage, NoticeView } from "./model";
import { noticeText } from "./rules";

export type NoticeRow = typeof notices.$inferSelect;

export function toNoticeView(row: NoticeRow): NoticeView {
  return {
    id: row.publicId,
    content: row.content,
    ...noticeText(row.content, "UTC"),
    createdAt: row.createdAt.toISOString(),
    readAt: row.readAt?.toISOString() ?? null,
  };
}

/** How many of the actor's notices are unread. */
async function countUnread(db: DbOrTx, actor: Actor): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(notices)
    .where(and(eq(notices.userId, actor.userId), isNull(notices.readAt)));
  return row?.n ?? 0;
}

/** The actor's notices, newest first, and how many in all are unread. */
export async function listNotices(db: DbOrTx, actor: Actor, page: PageInput): Promise<NoticePage> {
  const after = decodeCursor(page.cursor, publicIdPattern("ntc"));
  const before = sql`(select n.id from ${notices} n where n.public_id = ${after} and n.user_id = ${actor.userId})`;
  const rows = await db
    .select()
    .from(notices)
    .where(and(eq(notices.userId, actor.userId), after === undefined ? undefined : lt(notices.id, before)))
    .orderBy(desc(notices.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.publicId);
  return { data: shown.map(toNoticeView), meta: { nextCursor, unread: await countUnread(db, actor) } };
}

/** @throws AppError `not_found` also when it is someone else's */
export async function ownNotice(db: DbOrTx, actor: Actor, publicId: string): Promise<NoticeRow> {
  const [row] = await db.select().from(notices).where(eq(notices.publicId, publicId));
  if (!row || !can(actor, "notice.read", { ownerId: row.userId })) {
    throw new AppError("not_found", `No notice ${publicId}.`);
  }
  return row;
}
