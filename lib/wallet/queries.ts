import { and, eq, inArray, isNull } from "drizzle-orm";
import { alias } from "drizzle-orm/mysql-core";
import type { DbOrTx } from "@/db/client";
import { accounts, transfers } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { type Micros, micros, textOf } from "@/lib/kernel/money";
import { type Currency, currencies, type WalletView } from "./model";
import { accountId } from "./rules";

export interface AccountBalance {
  /** What is there, held or not. */
  readonly posted: Micros;
  /** What of it open holds reserve. */
  readonly held: Micros;
  /** What can be spent: never negative. */
  readonly available: Micros;
}

/** What a user has in a currency; nothing while there is no account. For code that has established who may see it. */
export async function balanceOf(db: DbOrTx, userId: number, currency: Currency): Promise<AccountBalance> {
  const [row] = await db
    .select({ posted: accounts.posted, held: accounts.held })
    .from(accounts)
    .where(eq(accounts.id, accountId({ user: userId, currency })));
  const [posted, held] = [row?.posted ?? micros(0n), row?.held ?? micros(0n)];
  return { posted, held, available: micros(posted - held) };
}

/** Whether somebody's money rests until an administrator has looked into it. */
export async function isFrozen(db: DbOrTx, userId: number, currency: Currency): Promise<boolean> {
  const [row] = await db
    .select({ frozenAt: accounts.frozenAt })
    .from(accounts)
    .where(eq(accounts.id, accountId({ user: userId, currency })));
  return row !== undefined && row.frozenAt !== null;
}

const end = alias(transfers, "end");

/** Of these keys those under which something is held: neither paid nor given back yet. */
export async function openHolds(db: DbOrTx, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .select({ key: transfers.key })
    .from(transfers)
    .leftJoin(end, eq(end.pendingId, transfers.id))
    .where(and(inArray(transfers.key, [...keys]), eq(transfers.type, "pending"), isNull(end.id)));
  return new Set(rows.map(({ key }) => key));
}

/** What the actor has in every currency, at one instant. */
export async function getWallet(db: DbOrTx, actor: Actor): Promise<WalletView> {
  const own = currencies.map((currency) => ({ currency, id: accountId({ user: actor.userId, currency }) }));
  const rows = await db
    .select()
    .from(accounts)
    .where(
      inArray(
        accounts.id,
        own.map(({ id }) => id),
      ),
    );
  const balances = own.map(({ currency, id }) => {
    const row = rows.find((account) => account.id === id);
    const [posted, held] = [row?.posted ?? micros(0n), row?.held ?? micros(0n)];
    return {
      currency,
      posted: textOf(posted),
      held: textOf(held),
      available: textOf(micros(posted - held)),
      frozen: row !== undefined && row.frozenAt !== null,
    };
  });
  return { balances };
}
