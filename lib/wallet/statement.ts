import { and, desc, eq, gte, inArray, lt, type SQL } from "drizzle-orm";
import { unionAll } from "drizzle-orm/mysql-core";
import type { DbOrTx } from "@/db/client";
import { transfers } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { required } from "@/lib/kernel/assert";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { derivedPublicId } from "@/lib/kernel/ids";
import { micros, textOf } from "@/lib/kernel/money";
import { type Currency, currencies, type TransactionFilter, type TransactionView } from "./model";
import { accountId } from "./rules";

const entryCursor = /^\d{1,16}$/;

/**
 * What came to and went from the actor's own accounts, newest first, with what there was after each.
 * @throws AppError `invalid` (cursor)
 */
export async function listTransactions(
  db: DbOrTx,
  actor: Actor,
  { cursor, limit, currency, ...filter }: PageInput & TransactionFilter,
): Promise<Page<TransactionView>> {
  const before = decodeCursor(cursor, entryCursor);
  const wanted = and(
    inArray(transfers.type, ["posted", "post"]),
    filter.kind ? eq(transfers.kind, filter.kind) : undefined,
    filter.from ? gte(transfers.createdAt, new Date(filter.from)) : undefined,
    filter.to ? lt(transfers.createdAt, new Date(filter.to)) : undefined,
    before === undefined ? undefined : lt(transfers.id, Number(before)),
  );
  const lines = await Promise.all(
    (currency ? [currency] : currencies).map((one) => linesOf(db, actor.userId, one, wanted, limit + 1)),
  );
  const newest = lines
    .flat()
    .sort((a, b) => b.id - a.id)
    .slice(0, limit + 1);
  const { rows, nextCursor } = pageOf(newest, limit, ({ id }) => String(id));
  return { data: rows.map(({ view }) => view), nextCursor };
}

interface Line {
  readonly id: number;
  readonly view: TransactionView;
}

/** The newest of one account. Each side has its own index, which ends in the order that is asked for. */
async function linesOf(
  db: DbOrTx,
  user: number,
  currency: Currency,
  wanted: SQL | undefined,
  limit: number,
): Promise<Line[]> {
  const account = accountId({ user, currency });
  const side = (column: typeof transfers.debitAccountId | typeof transfers.creditAccountId) =>
    db
      .select()
      .from(transfers)
      .where(and(eq(column, account), eq(transfers.currency, currency), wanted))
      .orderBy(desc(transfers.id))
      .limit(limit);
  const rows = await unionAll(side(transfers.debitAccountId), side(transfers.creditAccountId))
    .orderBy(desc(transfers.id))
    .limit(limit);
  return rows.map((row) => {
    const paid = row.debitAccountId === account;
    const after = required(
      paid ? row.debitPostedAfter : row.creditPostedAfter,
      "the balance after a transfer",
    );
    const view = {
      id: derivedPublicId("trf", row.key),
      at: row.createdAt.toISOString(),
      currency,
      amount: textOf(paid ? micros(-row.amount) : row.amount),
      balance: textOf(after),
      kind: row.kind,
      reference: row.reference,
    };
    return { id: row.id, view };
  });
}
