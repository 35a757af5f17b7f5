import { and, desc, eq, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Db, DbOrTx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { accounts, ledgerChecks } from "@/db/schema";
import { verifyLedgerMs } from "../tunables";

const today = sql<string>`utc_date()`;

/**
 * Takes on today's verification. One worker gets it; one that died leaves it to another when its lease has run out.
 * @returns whether it is the caller's
 */
export async function claimDailyCheck(db: Db, owner: string): Promise<boolean> {
  await db.insert(ledgerChecks).ignore().values({ day: today });
  const [result] = await db
    .update(ledgerChecks)
    .set({ claimOwner: owner, claimExpiresAt: dbNowPlus(verifyLedgerMs) })
    .where(
      and(
        eq(ledgerChecks.day, today),
        isNull(ledgerChecks.finishedAt),
        or(isNull(ledgerChecks.claimOwner), dueBy(ledgerChecks.claimExpiresAt, verifyLedgerMs)),
      ),
    );
  return result.affectedRows === 1;
}

/** The ledger was verified: that is enough for today, whoever asked for it. */
export async function recordCheck(db: Db, findings: number): Promise<void> {
  const outcome = { finishedAt: dbNow, findings };
  await db
    .insert(ledgerChecks)
    .values({ day: today, ...outcome })
    .onDuplicateKeyUpdate({ set: outcome });
}

export interface LedgerFigures {
  /** Of the last verification, and how long ago it was; null before the first. */
  readonly last: { readonly findings: number; readonly ageSeconds: number } | null;
  readonly frozenAccounts: number;
}

/** For monitoring. */
export async function ledgerFigures(db: DbOrTx): Promise<LedgerFigures> {
  const [last] = await db
    .select({
      findings: sql`coalesce(${ledgerChecks.findings}, 0)`.mapWith(Number),
      ageSeconds: sql`timestampdiff(second, ${ledgerChecks.finishedAt}, ${dbNow})`.mapWith(Number),
    })
    .from(ledgerChecks)
    .where(isNotNull(ledgerChecks.finishedAt))
    .orderBy(desc(ledgerChecks.day))
    .limit(1);
  const frozenAccounts = await db.$count(accounts, isNotNull(accounts.frozenAt));
  return { last: last ?? null, frozenAccounts };
}
