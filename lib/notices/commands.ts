import { and, eq, isNull, lte } from "drizzle-orm";
import { dbNow } from "@/db/clock";
import { notices } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { NoticeView } from "./model";
import { type NoticeRow, ownNotice, toNoticeView } from "./queries";

type NoticeContext = Pick<SignedInContext, "db" | "actor" | "requestId">;

/** @throws AppError `forbidden` */
function requireMark({ actor }: NoticeContext, notice: NoticeRow): void {
  if (can(actor, "notice.mark", { ownerId: notice.userId })) return;
  throw new AppError("forbidden", "Only its reader marks a notice as read.");
}

/**
 * Marks a notice as read, for all of its reader's devices. One that is read already stays as it is.
 * @throws AppError `not_found` also when it is someone else's
 */
export function markRead(context: NoticeContext, publicId: string): Promise<NoticeView> {
  const { actor, db, requestId } = context;
  return inTransaction(db, async (tx) => {
    const notice = await ownNotice(tx, actor, publicId);
    requireMark(context, notice);
    const [result] = await tx
      .update(notices)
      .set({ readAt: dbNow })
      .where(and(eq(notices.id, notice.id), isNull(notices.readAt)));
    if (result.affectedRows === 1) {
      await recordAudit(tx, { ...actor, requestId }, { action: "notice.read", resource: publicId });
      await recordChange(tx, { userId: actor.userId, topic: "notices" });
    }
    return toNoticeView(await ownNotice(tx, actor, publicId));
  });
}

/**
 * Marks as read what the actor had been told up to and with a notice: what came while they looked stays unread.
 * @returns how many were marked now
 * @throws AppError `not_found` also when it is someone else's
 */
export function markAllRead(context: NoticeContext, upTo: string): Promise<number> {
  const { actor, db, requestId } = context;
  return inTransaction(db, async (tx) => {
    const newest = await ownNotice(tx, actor, upTo);
    requireMark(context, newest);
    const [result] = await tx
      .update(notices)
      .set({ readAt: dbNow })
      .where(and(eq(notices.userId, actor.userId), lte(notices.id, newest.id), isNull(notices.readAt)));
    const count = result.affectedRows;
    if (count > 0) {
      const entry = { action: "notice.read_all", resource: upTo, detail: { count } };
      await recordAudit(tx, { ...actor, requestId }, entry);
      await recordChange(tx, { userId: actor.userId, topic: "notices" });
    }
    return count;
  });
}
