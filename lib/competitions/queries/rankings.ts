import { and, eq, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitions, evaluations, leaderboardEntries, submissions, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import type { Exposure } from "@/lib/workspaces/model";
import type { RankingRow } from "../model";
import { assertSide, visibleTo } from "./find";

/** The private board once it is revealed, the public one before: for admins too, so that all see one ranking. */
const boardShown = sql`if(${evaluations.revealedAt} is not null and ${evaluations.hasPrivate}, 'private', 'public')`;

/**
 * People by their points in the competitions that the actor may see. Of each board of n people the one at rank r gets
 * 100 · r^-0.75 · log10(1 + log10(n)), as Kaggle's ranking gave points before time took them away: to be ahead of many
 * counts, to be alone counts nothing. Competitions' baselines are nobody's places: ranks and n are counted without them.
 * @throws AppError `forbidden` on the internal side without the grant
 */
export async function listRankings(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  page: PageInput,
): Promise<Page<RankingRow>> {
  assertSide(actor, exposure);
  const shownBefore = Number(decodeCursor(page.cursor, /^\d{1,9}$/) ?? 0);
  const ofBoard = sql`partition by ${leaderboardEntries.evaluationId}`;
  const placed = db
    .select({
      userId: leaderboardEntries.userId,
      place: sql`row_number() over (${ofBoard} order by ${leaderboardEntries.orderKey})`.as("place"),
      field: sql`count(*) over (${ofBoard})`.as("field"),
    })
    .from(competitions)
    .innerJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .innerJoin(
      leaderboardEntries,
      and(eq(leaderboardEntries.evaluationId, evaluations.id), eq(leaderboardEntries.split, boardShown)),
    )
    .innerJoin(submissions, eq(submissions.id, leaderboardEntries.submissionId))
    .where(and(visibleTo(actor, exposure), eq(submissions.baseline, false)))
    .as("placed");
  const points = sql`round(sum(100 * pow(${placed.place}, -0.75) * log10(1 + log10(${placed.field}))), 2)`;
  const rows = await db
    .select({
      username: users.username,
      points: points.mapWith(Number).as("points"),
      competitions: sql`count(*)`.mapWith(Number),
      bestRank: sql`min(${placed.place})`.mapWith(Number),
    })
    .from(placed)
    .innerJoin(users, eq(users.id, placed.userId))
    .groupBy(users.id)
    .orderBy(sql`points desc`, users.id)
    .limit(page.limit + 1)
    .offset(shownBefore);
  const ranked = rows.map((row, index) => ({ rank: shownBefore + index + 1, ...row }));
  const { rows: data, nextCursor } = pageOf(ranked, page.limit, ({ rank }) => String(rank));
  return { data, nextCursor };
}
