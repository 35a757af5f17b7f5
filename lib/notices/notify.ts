import { and, eq, inArray, isNull, like, lt, lte } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { notices, users } from "@/db/schema";
import { recordChange } from "@/lib/audit/record";
import type { Allowances } from "@/lib/auth/ports";
import { newPublicId } from "@/lib/kernel/ids";
import type { NoticeContent } from "./model";

/**
 * Tells somebody something, in the transaction of what it tells of: neither is there without the other. Once for each
 * `dedupeKey`, however often and by however many workers it is told.
 * @returns whether it was told now
 */
export async function notify(
  tx: Tx,
  userId: number,
  content: NoticeContent,
  dedupeKey: string,
): Promise<boolean> {
  if (await wasTold(tx, userId, dedupeKey)) return false;
  const [result] = await tx
    .insert(notices)
    .ignore()
    .values({ publicId: newPublicId("ntc"), userId, content, dedupeKey, createdAt: dbNow });
  if (result.affectedRows === 0) return false;
  await recordChange(tx, { userId, topic: "notices" });
  return true;
}

/** Tells every enabled admin. */
export async function notifyAdmins(tx: Tx, content: NoticeContent, dedupeKey: string): Promise<void> {
  const admins = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "admin"), isNull(users.disabledAt)));
  for (const { id } of admins) await notify(tx, id, content, dedupeKey);
}

/** An admin changed what somebody may use: they are told, once for each request. */
export async function allowancesChanged(
  tx: Tx,
  userId: number,
  allowances: Allowances,
  requestId: string,
): Promise<void> {
  await notify(tx, userId, { kind: "account_changed", ...allowances }, `account_changed:${requestId}`);
}

async function wasTold(tx: Tx, userId: number, dedupeKey: string): Promise<boolean> {
  const [known] = await tx
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.userId, userId), eq(notices.dedupeKey, dedupeKey)));
  return known !== undefined;
}

/** Whether anybody was told this. */
export async function wasAnyoneTold(tx: Tx, dedupeKey: string): Promise<boolean> {
  const [known] = await tx.select({ id: notices.id }).from(notices).where(eq(notices.dedupeKey, dedupeKey));
  return known !== undefined;
}

/** What was told at least `quietMs` ago may be told again, as it has come to an end; the notice stays. */
export async function rearm(tx: Tx, userId: number, dedupeKey: string, quietMs: number): Promise<void> {
  await tx
    .update(notices)
    .set({ dedupeKey: null })
    .where(
      and(
        eq(notices.userId, userId),
        eq(notices.dedupeKey, dedupeKey),
        lte(notices.createdAt, dbNowPlus(-quietMs)),
      ),
    );
}

/**
 * Takes back what was told under keys that begin with `${about}:`, read or not: it is no longer so. Found without a lock
 * and removed by id, so that nothing else that is told to this person meanwhile has to wait.
 */
export async function withdraw(tx: Tx, userId: number, about: string): Promise<void> {
  const beginning = `${about}:`.replace(/[\\%_]/g, "\\$&");
  const stale = await tx
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.userId, userId), like(notices.dedupeKey, `${beginning}%`)));
  if (stale.length === 0) return;
  const ids = stale.map(({ id }) => id);
  await tx.delete(notices).where(inArray(notices.id, ids));
  await recordChange(tx, { userId, topic: "notices" });
}

/** Removes what is older than `keptMs`, read or not. */
export async function sweepNotices(db: Db, keptMs: number): Promise<void> {
  await db.delete(notices).where(lt(notices.createdAt, dbNowPlus(-keptMs)));
}
