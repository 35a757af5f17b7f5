import { and, eq, inArray, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { leaderboardEntries } from "@/db/schema";
import type { CompetitionListItem } from "../model";

export type Standing = Pick<CompetitionListItem, "entrants" | "mine">;

/**
 * How many are on the public boards of several evaluations, and the place that somebody has on each: two queries, whatever
 * the number of boards.
 * @param evaluationIds those of one page of a list
 */
export async function standingsOn(
  db: DbOrTx,
  userId: number,
  evaluationIds: readonly number[],
): Promise<ReadonlyMap<number, Standing>> {
  if (evaluationIds.length === 0) return new Map();
  const onBoards = and(
    inArray(leaderboardEntries.evaluationId, [...evaluationIds]),
    eq(leaderboardEntries.split, "public"),
  );
  // Spelled out, since of one table alone columns are written without its name.
  const better = sql`(select count(*) from leaderboard_entries other
    where other.evaluation_id = leaderboard_entries.evaluation_id and other.split = 'public'
    and other.order_key < leaderboard_entries.order_key)`;
  const [totals, own] = await Promise.all([
    db
      .select({ id: leaderboardEntries.evaluationId, entrants: sql`count(*)`.mapWith(Number) })
      .from(leaderboardEntries)
      .where(onBoards)
      .groupBy(leaderboardEntries.evaluationId),
    db
      .select({
        id: leaderboardEntries.evaluationId,
        score: leaderboardEntries.score,
        better: better.mapWith(Number),
      })
      .from(leaderboardEntries)
      .where(and(onBoards, eq(leaderboardEntries.userId, userId))),
  ]);
  const mine = new Map(own.map(({ id, score, better: ahead }) => [id, { rank: ahead + 1, score }]));
  return new Map(totals.map(({ id, entrants }) => [id, { entrants, mine: mine.get(id) ?? null }]));
}
