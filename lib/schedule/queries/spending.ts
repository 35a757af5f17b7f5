import { and, eq, gte, inArray, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { transfers, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { required } from "@/lib/kernel/assert";
import { micros, textOf } from "@/lib/kernel/money";
import type { TransferKind } from "@/lib/wallet/model";
import { accountId } from "@/lib/wallet/rules";
import type { SpendingView } from "../model";
import { lastWeeks, type Week } from "../rules";

/** How many weeks are told, the one that runs among them. */
const weeksTold = 10;
/** Money for GPU time; what came back counts against it. */
const kinds: readonly TransferKind[] = ["bid", "take", "reservation", "release"];

/** What moved on one side of the actor's account, by week: each side has its own index. */
async function sumsOf(
  db: DbOrTx,
  side: typeof transfers.debitAccountId | typeof transfers.creditAccountId,
  { userId }: Actor,
  weeks: readonly Week[],
): Promise<Map<string, bigint>> {
  const newestFirst = [...weeks].reverse();
  const when = newestFirst.map(({ key, start }) => sql`when ${gte(transfers.createdAt, start)} then ${key}`);
  const week: SQL.Aliased<string> = sql<string>`case ${sql.join(when, sql` `)} end`.as("of_week");
  const [first] = weeks;
  const rows = await db
    .select({ week, sum: sql`cast(sum(${transfers.amount}) as char)`.mapWith(BigInt) })
    .from(transfers)
    .where(
      and(
        eq(side, accountId({ user: userId, currency: "CREDIT" })),
        eq(transfers.currency, "CREDIT"),
        inArray(transfers.type, ["posted", "post"]),
        inArray(transfers.kind, [...kinds]),
        first && gte(transfers.createdAt, first.start),
      ),
    )
    .groupBy(sql`of_week`);
  return new Map(rows.map((row) => [row.week, row.sum]));
}

/** What GPU time cost the actor in each of the last weeks, in credits, the oldest first. */
export async function getSpending(db: DbOrTx, actor: Actor, zone: string): Promise<SpendingView> {
  const [clock] = await db.select({ now: dbNow }).from(users).where(eq(users.id, actor.userId));
  const weeks = lastWeeks(required(clock, "the database's clock").now, weeksTold, zone);
  const [paid, back] = await Promise.all([
    sumsOf(db, transfers.debitAccountId, actor, weeks),
    sumsOf(db, transfers.creditAccountId, actor, weeks),
  ]);
  return {
    weeks: weeks.map(({ key }) => ({
      week: key,
      spent: textOf(micros((paid.get(key) ?? 0n) - (back.get(key) ?? 0n))),
    })),
  };
}
