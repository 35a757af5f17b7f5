import { and, count, eq, gte, inArray, lt, or, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { bids, gpus, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { textOf } from "@/lib/kernel/money";
import type { NoticeContent } from "@/lib/notices/model";
import { amendEach, notifyEach, notifyEachAgain } from "@/lib/notices/notify";
import { outbidNotices } from "../bids";
import type { Grant } from "../budget-rules";

interface Won {
  readonly hours: number;
  /** Whole credits, for all of them. */
  readonly paid: number;
}

/**
 * What these people won in a week: each bid that led at the close, its hour given back since or not. Bidding is over, so
 * whoever leads has won: an account that rested while winners were settled may be granted its budget before it is settled.
 */
async function winsOf(tx: Tx, week: string, userIds: readonly number[]): Promise<ReadonlyMap<number, Won>> {
  const rows = await tx
    .select({ userId: bids.userId, hours: count(), paid: sql`sum(${bids.price})`.mapWith(Number) })
    .from(weeks)
    .innerJoin(bids, and(gte(bids.startsAt, weeks.startsAt), lt(bids.startsAt, weeks.endsAt)))
    .where(
      and(eq(weeks.key, week), inArray(bids.userId, [...userIds]), inArray(bids.outcome, ["won", "leading"])),
    )
    .groupBy(bids.userId);
  return new Map(rows.map(({ userId, ...won }) => [userId, won]));
}

/** Whether there is anything to have for credits: in other labs nobody need hear every week that some lapsed. */
async function creditsBuyHours(tx: Tx): Promise<boolean> {
  const rows = await tx
    .select({ id: gpus.id })
    .from(gpus)
    .where(or(eq(gpus.mode, "auction"), and(eq(gpus.mode, "reservation"), eq(gpus.rateCurrency, "CREDIT"))))
    .limit(1);
  return rows.length > 0;
}

interface Granted {
  readonly id: number;
  readonly grant: Grant;
}

function turnedContent(
  { key, closesAt }: Pick<typeof weeks.$inferSelect, "key" | "closesAt">,
  won: Won,
  { lapsed, refilled }: Grant,
): NoticeContent {
  return {
    kind: "week_turned",
    week: key,
    closedAt: closesAt.toISOString(),
    ...won,
    lapsed: textOf(lapsed),
    refilled: textOf(refilled),
  };
}

/**
 * Tells people, to whom the week's turn has just come, what they won in it or else what of their credits lapsed; of the latter
 * one notice is unread, the last. What they were told of being outbid says from now on that bidding has closed.
 */
export async function tellTurned(
  tx: Tx,
  week: Pick<typeof weeks.$inferSelect, "key" | "closesAt">,
  granted: readonly Granted[],
): Promise<void> {
  const ids = granted.map(({ id }) => id);
  const wins = await winsOf(tx, week.key, ids);
  const contents = new Map(
    granted.map(({ id, grant }) => [id, turnedContent(week, wins.get(id) ?? { hours: 0, paid: 0 }, grant)]),
  );
  const contentOf = (userId: number) => required(contents.get(userId), "what a person is told");
  const winners = ids.filter((id) => wins.has(id));
  await notifyEach(tx, winners, contentOf, `week_won:${week.key}`);
  const losers = granted.filter(({ id, grant }) => !wins.has(id) && grant.lapsed > 0n);
  if (losers.length > 0 && (await creditsBuyHours(tx))) {
    const told = losers.map(({ id }) => ({ userId: id, key: week.key, contentOf: () => contentOf(id) }));
    await notifyEachAgain(tx, "week_lapsed", told);
  }
  await amendEach(tx, ids, `${outbidNotices}:${week.key}`, { closed: true });
}
