import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { violatedKey } from "@/db/tx";
import type { Micros } from "@/lib/kernel/money";
import type { TransferType } from "./model";
import type { Content } from "./posting-rules";

export interface TransferResult {
  readonly id: number;
  readonly key: string;
  readonly type: TransferType;
  /** What was moved or held; of a void what had been held. */
  readonly amount: Micros;
  /** It had been done before this call, and was not done again. */
  readonly repeated: boolean;
}

interface After {
  readonly debitPostedAfter: Micros | SQL | null;
  readonly creditPostedAfter: Micros | SQL | null;
}

/** A row's values, as `insertRows` takes them. */
export function rowOf(content: Content, { debitPostedAfter, creditPostedAfter }: After): SQL {
  return sql`(${content.key}, ${content.type}, ${content.currency}, ${content.debitAccountId},
    ${content.creditAccountId}, ${content.amount}, ${content.pendingId}, ${content.expiresAt}, ${content.kind},
    ${content.reference}, ${debitPostedAfter}, ${creditPostedAfter}, ${dbNow})`;
}

/** All of them or none, when a key is used already (`isUsedKey`). @returns the new rows' ids and keys, in order */
export async function insertRows(tx: Tx, rows: readonly SQL[]): Promise<{ id: number; key: string }[]> {
  const [made] = (await tx.execute(sql`
    insert into transfers (idempotency_key, type, currency, debit_account_id, credit_account_id, amount, pending_id,
      expires_at, kind, reference, debit_posted_after, credit_posted_after, created_at)
    values ${sql.join([...rows], sql`, `)} returning id, idempotency_key as \`key\``)) as unknown as [
    { id: number; key: string }[],
  ];
  return made;
}

/** Whether an insert failed since a transfer has this key: the statement did nothing. */
export function isUsedKey(error: unknown): boolean {
  return violatedKey(error) === "transfers_key";
}
