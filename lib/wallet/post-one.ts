import { sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { required } from "@/lib/kernel/assert";
import { insertRows, isUsedKey, rowOf, type TransferResult } from "./insert";
import { type Content, contentOf, largestBalance } from "./posting-rules";
import { keepsBalance, type PendingInput, type PostedInput } from "./rules";

/** What one new transfer does to the one user's account that it touches. */
interface Change {
  readonly account: number;
  readonly posted: bigint;
  readonly held: bigint;
}

function changeOf({ type, debitAccountId, creditAccountId, amount }: Content): Change | null {
  const [pays, gets] = [keepsBalance(debitAccountId), keepsBalance(creditAccountId)];
  if (pays === gets) return null;
  if (gets) return { account: creditAccountId, posted: amount, held: 0n };
  return type === "pending"
    ? { account: debitAccountId, posted: 0n, held: amount }
    : { account: debitAccountId, posted: -amount, held: 0n };
}

/**
 * The usual case in two statements, without a look first: one new transfer between one user and the lab. MariaDB checks
 * while it locks.
 * @returns null where there is more to it, whatever it is; then nothing was done
 */
export async function postOne(tx: Tx, input: PostedInput | PendingInput): Promise<TransferResult | null> {
  const content = contentOf(input);
  const change = changeOf(content);
  if (!change || !(await applied(tx, change))) return null;
  const { key, type, amount } = content;
  const after = sql`(select posted from accounts where id = ${change.account})`;
  const debitPostedAfter = change.posted < 0n ? after : null;
  const creditPostedAfter = change.posted > 0n ? after : null;
  try {
    const [made] = await insertRows(tx, [rowOf(content, { debitPostedAfter, creditPostedAfter })]);
    return { id: required(made, "the new transfer").id, key, type, amount, repeated: false };
  } catch (error) {
    if (!isUsedKey(error)) throw error;
    const undone = await applied(tx, { ...change, posted: -change.posted, held: -change.held });
    if (undone) return null;
    throw new Error(`The account ${change.account} changed while it was locked.`, { cause: error });
  }
}

/** @returns false when the account isn't there, is frozen, or has not enough */
async function applied(tx: Tx, { account, posted, held }: Change): Promise<boolean> {
  const [result] = await tx.execute(sql`
    update accounts set posted = posted + ${posted}, held = held + ${held}
    where id = ${account} and frozen_at is null and posted + ${posted} >= held + ${held}
      and posted + ${posted} <= ${largestBalance}`);
  return result.affectedRows === 1;
}
