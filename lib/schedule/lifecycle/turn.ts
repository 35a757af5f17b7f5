import { and, asc, eq, lte, ne } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { weekOf } from "../rules";
import { openWeek, settledZone } from "../zone";
import { grantBudgets } from "./budgets";
import { settleWinners } from "./winners";

/** Of a turn in the log: one for each week, whoever does it and however often it is begun. */
export const turnId = (week: string): string => `turn:${week}`;

type DueWeek = Pick<typeof weeks.$inferSelect, "key" | "closesAt">;

const isClosed = and(eq(weeks.status, "open"), lte(weeks.closesAt, dbNow));

/**
 * The open week whose bidding is over by the database's clock. Its row's lock is had once: bids share it, so the last one
 * that was accepted in time has been written by then, and none comes after it. Looked at without a lock first: who waits
 * for it keeps all bids waiting that come later, and it is asked every second.
 */
async function closeBidding(db: Db): Promise<DueWeek | null> {
  const [due] = await db.select({ key: weeks.key }).from(weeks).where(isClosed);
  if (!due) return null;
  return inTransaction(db, async (tx) => {
    const [week] = await tx
      .select({ key: weeks.key, closesAt: weeks.closesAt })
      .from(weeks)
      .where(and(eq(weeks.key, due.key), isClosed))
      .for("update");
    return week ?? null;
  });
}

/** The week that was bid on executes, the one before is final, and the one after it is bid on: at once. */
async function promote(db: Db, key: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const current = await tx
      .select()
      .from(weeks)
      .where(ne(weeks.status, "final"))
      .orderBy(asc(weeks.key))
      .for("update");
    const open = current.find(({ status }) => status === "open");
    // Another worker has come first.
    if (open?.key !== key) return false;
    const zone = required(await settledZone(tx), "the lab's zone");
    await tx.update(weeks).set({ status: "final" }).where(eq(weeks.status, "executing"));
    await tx.update(weeks).set({ status: "executing", turnedAt: dbNow }).where(eq(weeks.key, key));
    await openWeek(tx, weekOf(open.endsAt, zone));
    await recordChange(tx, { userId: null, topic: "schedule" });
    return true;
  });
}

/**
 * Turns the week whose bidding is over, if there is one: close, post what was won, roll over and refill, promote and open
 * the next. Each step commits in bounded batches and finds by itself what is left of it, so that a turn may be run twice,
 * by two workers at once, or again after it was cut off anywhere. After a long absence it is called again for each week.
 * @returns the week that was turned; null when none is due
 */
export async function turnDueWeek(db: Db): Promise<string | null> {
  const week = await closeBidding(db);
  if (week === null) return null;
  await settleWinners(db, week);
  await grantBudgets(db, { week, rollsOver: true });
  await promote(db, week.key);
  return week.key;
}
