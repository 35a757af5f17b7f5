import { and, asc, eq, gt, isNull, lte } from "drizzle-orm";
import { alias } from "drizzle-orm/mysql-core";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { accounts, transfers } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { lockAccounts } from "./accounts";
import { postTransfers } from "./post";

const end = alias(transfers, "end");
const isDue = and(lte(transfers.expiresAt, dbNow), isNull(end.id));

/**
 * Gives back what is held although its time has passed, but for frozen accounts. Any number of workers may do it at once.
 * @param lookBackMs those whose time passed longer ago are left: rows of ended ones stay for ever, and each is looked at
 * @returns how many holds
 */
export async function voidExpired(db: Db, lookBackMs?: number): Promise<number> {
  const recent = lookBackMs === undefined ? undefined : gt(transfers.expiresAt, dbNowPlus(-lookBackMs));
  const due = await db
    .selectDistinct({ accountId: transfers.debitAccountId })
    .from(transfers)
    .innerJoin(accounts, eq(accounts.id, transfers.debitAccountId))
    .leftJoin(end, eq(end.pendingId, transfers.id))
    .where(and(isDue, recent, isNull(accounts.frozenAt)));
  let count = 0;
  for (const { accountId } of due) count += await inTransaction(db, (tx) => voidThoseOf(tx, accountId));
  return count;
}

async function voidThoseOf(tx: Tx, accountId: number): Promise<number> {
  // Before they are looked for: whoever ends one of them meanwhile has this lock.
  const locked = await lockAccounts(tx, [accountId]);
  if (locked.get(accountId)?.frozen) return 0;
  const holds = await tx
    .select({ id: transfers.id, key: transfers.key, kind: transfers.kind, reference: transfers.reference })
    .from(transfers)
    .leftJoin(end, eq(end.pendingId, transfers.id))
    .where(and(isDue, eq(transfers.debitAccountId, accountId)))
    .orderBy(asc(transfers.id));
  const voids = holds.map(({ id, key: pendingKey, kind, reference }) => ({
    type: "void" as const,
    key: `expire:${id}`,
    pendingKey,
    kind,
    reference,
  }));
  await postTransfers(tx, voids);
  return voids.length;
}
