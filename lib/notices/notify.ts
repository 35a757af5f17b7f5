import { and, asc, desc, eq, inArray, isNotNull, isNull, like, lt, lte, sql } from "drizzle-orm";
import type { Db, DbOrTx, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { notices, users } from "@/db/schema";
import { recordChange, recordChanges } from "@/lib/audit/record";
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

/**
 * As `notify`, of what may come in numbers: the unread notice under a key that begins with `${about}:` makes way for the
 * new one, whose content is made of it. The caller sees to it that nobody else tells this person of the same meanwhile.
 */
export async function notifyAgain(
  tx: Tx,
  userId: number,
  { about, key }: { readonly about: string; readonly key: string },
  contentOf: (before: NoticeContent | null) => NoticeContent,
): Promise<void> {
  if (await wasTold(tx, userId, key)) return;
  const unread = await tx
    .select({ id: notices.id, content: notices.content })
    .from(notices)
    .where(and(eq(notices.userId, userId), isNull(notices.readAt), like(notices.dedupeKey, beginning(about))))
    .orderBy(desc(notices.id));
  const content = contentOf(unread[0]?.content ?? null);
  const ids = unread.map(({ id }) => id);
  if (ids.length > 0) await tx.delete(notices).where(inArray(notices.id, ids));
  await notify(tx, userId, content, key);
}

interface ToldAgain {
  readonly userId: number;
  /** Behind `${about}:`. */
  readonly key: string;
  readonly contentOf: (before: NoticeContent | null) => NoticeContent;
}

/** `notifyAgain` for several people at once, in as few statements as for one; of a key that is new for each of them. */
export async function notifyEachAgain(tx: Tx, about: string, told: readonly ToldAgain[]): Promise<void> {
  if (told.length === 0) return;
  const ids = told.map(({ userId }) => userId);
  const unread = await tx
    .select({ id: notices.id, userId: notices.userId, content: notices.content })
    .from(notices)
    .where(
      and(inArray(notices.userId, ids), isNull(notices.readAt), like(notices.dedupeKey, beginning(about))),
    )
    .orderBy(asc(notices.id));
  // Of several the newest counts: it comes last.
  const before = new Map(unread.map(({ userId, content }) => [userId, content]));
  if (unread.length > 0) {
    await tx.delete(notices).where(
      inArray(
        notices.id,
        unread.map(({ id }) => id),
      ),
    );
  }
  await tx.insert(notices).values(
    told.map(({ userId, key, contentOf }) => ({
      publicId: newPublicId("ntc"),
      userId,
      content: contentOf(before.get(userId) ?? null),
      dedupeKey: `${about}:${key}`,
      createdAt: dbNow,
    })),
  );
  await recordChanges(
    tx,
    ids.map((userId) => ({ userId, topic: "notices" })),
  );
}

/** Tells many people at once, each their own content; those who were told this before are passed over. */
export async function notifyEach(
  tx: Tx,
  userIds: readonly number[],
  contentOf: (userId: number) => NoticeContent,
  dedupeKey: string,
): Promise<void> {
  if (userIds.length === 0) return;
  const [result] = await tx
    .insert(notices)
    .ignore()
    .values(
      userIds.map((userId) => ({
        publicId: newPublicId("ntc"),
        userId,
        content: contentOf(userId),
        dedupeKey,
        createdAt: dbNow,
      })),
    );
  if (result.affectedRows > 0)
    await recordChanges(
      tx,
      userIds.map((userId) => ({ userId, topic: "notices" })),
    );
}

/**
 * Adds to what these people were told under keys that begin with `${about}:`, read or not: it is not so any more. Found
 * without a lock, as in `withdraw`.
 */
export async function amendEach(
  tx: Tx,
  userIds: readonly number[],
  about: string,
  added: { readonly closed: true },
): Promise<void> {
  if (userIds.length === 0) return;
  const told = await tx
    .select({ id: notices.id, userId: notices.userId })
    .from(notices)
    .where(and(inArray(notices.userId, [...userIds]), like(notices.dedupeKey, beginning(about))));
  if (told.length === 0) return;
  const ids = told.map(({ id }) => id);
  await tx
    .update(notices)
    .set({ content: sql`json_merge_patch(${notices.content}, ${JSON.stringify(added)})` })
    .where(inArray(notices.id, ids));
  await recordChanges(
    tx,
    [...new Set(told.map(({ userId }) => userId))].map((userId) => ({ userId, topic: "notices" }) as const),
  );
}

/** As `notify`, and once more as soon as somebody has read it: what goes on is told again, and is no flood before. */
export async function notifyUnlessUnread(
  tx: Tx,
  userId: number,
  content: NoticeContent,
  dedupeKey: string,
): Promise<void> {
  await tx
    .update(notices)
    .set({ dedupeKey: null })
    .where(and(eq(notices.userId, userId), eq(notices.dedupeKey, dedupeKey), isNotNull(notices.readAt)));
  await notify(tx, userId, content, dedupeKey);
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

/** Whether somebody was told this, and not something in its place. */
export async function wasTold(tx: Tx, userId: number, dedupeKey: string): Promise<boolean> {
  const [known] = await tx
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.userId, userId), eq(notices.dedupeKey, dedupeKey)));
  return known !== undefined;
}

/** Of these keys those under which any of these people was told something; keys of one person are no other's. */
export async function toldKeys(
  db: DbOrTx,
  userIds: readonly number[],
  dedupeKeys: readonly string[],
): Promise<ReadonlySet<string | null>> {
  if (dedupeKeys.length === 0) return new Set();
  const rows = await db
    .select({ dedupeKey: notices.dedupeKey })
    .from(notices)
    .where(and(inArray(notices.userId, [...userIds]), inArray(notices.dedupeKey, [...dedupeKeys])));
  return new Set(rows.map(({ dedupeKey }) => dedupeKey));
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

/** A pattern for LIKE: keys that begin with `${about}:`. */
function beginning(about: string): string {
  return `${`${about}:`.replace(/[\\%_]/g, "\\$&")}%`;
}

/**
 * Takes back what was told under keys that begin with `${about}:`, read or not: it is no longer so. Found without a lock
 * and removed by id, so that nothing else that is told to this person meanwhile has to wait.
 */
export async function withdraw(tx: Tx, userId: number, about: string): Promise<void> {
  const stale = await tx
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.userId, userId), like(notices.dedupeKey, beginning(about))));
  if (stale.length === 0) return;
  const ids = stale.map(({ id }) => id);
  await tx.delete(notices).where(inArray(notices.id, ids));
  await recordChange(tx, { userId, topic: "notices" });
}

/** Removes what is older than `keptMs`, read or not. */
export async function sweepNotices(db: Db, keptMs: number): Promise<void> {
  await db.delete(notices).where(lt(notices.createdAt, dbNowPlus(-keptMs)));
}
