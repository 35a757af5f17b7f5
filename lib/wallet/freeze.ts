import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { accounts, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { notifyAdmins } from "@/lib/notices/notify";
import { type Currency, longestFreezeReason } from "./model";
import { accountId, userAccountOf } from "./rules";

/**
 * Nothing moves on a user's account any more, until a person has looked into it.
 * @returns whose it is, or null when it is frozen already
 */
export async function freezeAccount(
  tx: Tx,
  id: number,
  reason: string,
): Promise<{ username: string } | null> {
  const [result] = await tx
    .update(accounts)
    .set({ frozenAt: dbNow, frozenReason: reason.slice(0, longestFreezeReason) })
    .where(and(eq(accounts.id, id), isNull(accounts.frozenAt)));
  if (result.affectedRows === 0) return null;
  const { user: userId, currency } = userAccountOf(id);
  const [user] = await tx.select().from(users).where(eq(users.id, userId));
  const { publicId, username } = required(user, "the account's user");
  const entry = { action: "wallet.freeze", resource: publicId, detail: { currency, reason } };
  await recordAudit(tx, systemAuditor, entry);
  await recordChange(tx, { userId, topic: "account", resource: publicId });
  return { username };
}

/**
 * The same for an account that is wrong, and tells administrators what.
 * @returns whether it was frozen now
 */
export async function freezeAsWrong(tx: Tx, id: number, finding: string): Promise<boolean> {
  const frozen = await freezeAccount(tx, id, finding);
  if (frozen === null) return false;
  const content = { kind: "ledger_mismatch", username: frozen.username, finding } as const;
  await notifyAdmins(tx, content, `ledger:frozen:${newPublicId("evt")}`);
  return true;
}

/**
 * Lets money move again, once somebody has looked into it and says why. What is still wrong is found again.
 * @throws AppError `not_found` (no such user), `conflict` (not frozen)
 */
export async function unfreezeAccount(
  db: Db,
  who: Auditor,
  { username, currency, reason }: { username: string; currency: Currency; reason: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.username, username));
    if (!user) throw new AppError("not_found", `Nobody here has the user name "${username}".`);
    const [result] = await tx
      .update(accounts)
      .set({ frozenAt: null, frozenReason: null })
      .where(and(eq(accounts.id, accountId({ user: user.id, currency })), isNotNull(accounts.frozenAt)));
    if (result.affectedRows === 0) {
      throw new AppError("conflict", `The ${currency} account of ${username} is not frozen.`);
    }
    const entry = { action: "wallet.unfreeze", resource: user.publicId, detail: { currency, reason } };
    await recordAudit(tx, who, entry);
    await recordChange(tx, { userId: user.id, topic: "account", resource: user.publicId });
  });
}
