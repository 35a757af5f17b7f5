import { and, asc, eq, gt, isNotNull, lt, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import {
  type evaluations,
  leaderboardEntries,
  leaderboardIntervals,
  scorings,
  submissions,
  users,
} from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import type { HistoryPoint, LeaderboardInput, LeaderboardRow, ScoreInterval, Split } from "../model";
import { compareKeys, orderKey, seesPrivate } from "../rules";
import { type Tie, tiesOf } from "../tie-rules";
import { readyEvaluation } from "./catalogue";
import { visibleCompetition } from "./find";

type EvaluationRow = typeof evaluations.$inferSelect;
type Which = Pick<LeaderboardInput, "slug" | "split" | "evaluationId">;

/**
 * The evaluation whose board the actor may see.
 * @throws AppError `not_found` also for its private split before that is revealed, but to admins
 */
async function visibleBoard(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  { slug, split, evaluationId }: Which,
): Promise<EvaluationRow> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  const evaluation = await readyEvaluation(db, actor, competition, evaluationId);
  if (split === "private" && !seesPrivate(evaluation.revealedAt, can(actor, "competition.manage"))) {
    throw new AppError("not_found", "The private leaderboard is not revealed yet.");
  }
  return evaluation;
}

const board = (evaluation: EvaluationRow, split: Split) =>
  and(eq(leaderboardEntries.evaluationId, evaluation.id), eq(leaderboardEntries.split, split));

function entryRows(db: DbOrTx) {
  return db
    .select({
      userId: leaderboardEntries.userId,
      orderKey: leaderboardEntries.orderKey,
      username: users.username,
      submissionId: submissions.publicId,
      score: leaderboardEntries.score,
      acceptedAt: submissions.acceptedAt,
      baseline: submissions.baseline,
      interval: leaderboardIntervals,
    })
    .from(leaderboardEntries)
    .innerJoin(users, eq(users.id, leaderboardEntries.userId))
    .innerJoin(submissions, eq(submissions.id, leaderboardEntries.submissionId))
    .leftJoin(
      leaderboardIntervals,
      and(
        eq(leaderboardIntervals.evaluationId, leaderboardEntries.evaluationId),
        eq(leaderboardIntervals.split, leaderboardEntries.split),
        eq(leaderboardIntervals.submissionId, leaderboardEntries.submissionId),
      ),
    )
    .$dynamic();
}

type EntryRow = Awaited<ReturnType<typeof entryRows>>[number];

function toRow(
  actor: Actor,
  { userId, orderKey: _, interval, ...entry }: EntryRow,
  rank: number,
  tie: Tie | null = null,
): LeaderboardRow {
  return { rank, ...entry, mine: userId === actor.userId, interval: interval && toInterval(interval), tie };
}

function toInterval(row: NonNullable<EntryRow["interval"]>): ScoreInterval {
  const { scoreLow, scoreHigh, rankLow, rankHigh, replicates, leftOut, computedAt } = row;
  return {
    score: [scoreLow, scoreHigh],
    rank: [rankLow, rankHigh],
    replicates,
    leftOut,
    computedAt: computedAt.toISOString(),
  };
}

/** The last submission shown and its rank: where the next page goes on, with no counting of what came before. */
const boardCursor = /^sub_[a-z2-7]{16}\.[1-9]\d{0,8}$/;

/**
 * A page of a board, best first. It is read off the primary key in its order, whatever is on the board.
 * @throws AppError `not_found` (not for the actor, or not revealed), `invalid` (cursor)
 */
export async function listLeaderboard(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  input: LeaderboardInput,
): Promise<Page<LeaderboardRow>> {
  const evaluation = await visibleBoard(db, actor, exposure, input);
  const [submission, shownBefore = "0"] = decodeCursor(input.cursor, boardCursor)?.split(".") ?? [];
  const after = submission === undefined ? undefined : await keyOf(db, evaluation, input.split, submission);
  const found = await entryRows(db)
    .where(and(board(evaluation, input.split), after ? gt(leaderboardEntries.orderKey, after) : undefined))
    .orderBy(asc(leaderboardEntries.orderKey))
    // Who has lost their place since leaves a gap that the next has moved into: an export goes on with that one.
    .offset(after === null ? Number(shownBefore) - 1 : 0)
    .limit(input.limit + 1);
  const ties = tiesOf(
    evaluation.manifest,
    found.map((entry) => entry.orderKey),
  );
  const ranked = found.map((entry, index) =>
    toRow(actor, entry, Number(shownBefore) + index + 1, ties[index] ?? null),
  );
  const { rows, nextCursor } = pageOf(ranked, input.limit, (row) => `${row.submissionId}.${row.rank}`);
  return { data: rows, nextCursor };
}

/**
 * A scoring's key outlives its place on the board: the page goes on from where it was. Null where its score is gone.
 * @throws AppError `invalid` when it is no submission under this evaluation
 */
async function keyOf(
  db: DbOrTx,
  { id, manifest }: EvaluationRow,
  split: Split,
  publicId: string,
): Promise<Buffer | null> {
  const [row] = await db
    .select({
      submissionId: submissions.id,
      acceptedAt: submissions.acceptedAt,
      metrics: scorings.metrics,
    })
    .from(submissions)
    .innerJoin(scorings, and(eq(scorings.submissionId, submissions.id), eq(scorings.evaluationId, id)))
    .where(eq(submissions.publicId, publicId));
  if (row) {
    const key = orderKey(manifest, { ...row, metrics: row.metrics?.[split] ?? null });
    return key && Buffer.from(key);
  }
  const message = "Not a cursor of this list. Use meta.nextCursor of the page before.";
  throw new AppError("invalid", message, { fields: { cursor: message } });
}

/**
 * The actor's own place on a board, null without one.
 * @throws AppError `not_found` (not for the actor, or not revealed)
 */
export async function getOwnRank(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  which: Which,
): Promise<{ row: LeaderboardRow | null; total: number }> {
  const evaluation = await visibleBoard(db, actor, exposure, which);
  const onBoard = board(evaluation, which.split);
  const count = sql`count(*)`.mapWith(Number);
  const [[entry], [all]] = await Promise.all([
    entryRows(db).where(and(onBoard, eq(leaderboardEntries.userId, actor.userId))),
    db.select({ count }).from(leaderboardEntries).where(onBoard),
  ]);
  const total = all?.count ?? 0;
  if (!entry) return { row: null, total };
  const [better] = await db
    .select({ count })
    .from(leaderboardEntries)
    .where(and(onBoard, lt(leaderboardEntries.orderKey, entry.orderKey)));
  return { row: toRow(actor, entry, (better?.count ?? 0) + 1), total };
}

/** Submissions that a history is made of at most, from the first on. */
const historyLength = 10_000;

/**
 * How the actor's best came about: each submission that was better than all of theirs before, oldest first.
 * @throws AppError `not_found` (not for the actor, or not revealed)
 */
export async function getHistory(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  which: Which,
): Promise<HistoryPoint[]> {
  const { id, manifest } = await visibleBoard(db, actor, exposure, which);
  const rows = await db
    .select({
      submissionId: submissions.id,
      publicId: submissions.publicId,
      acceptedAt: submissions.acceptedAt,
      metrics: scorings.metrics,
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(
      and(
        eq(scorings.evaluationId, id),
        eq(scorings.userId, actor.userId),
        // A score stands while it is made anew.
        isNotNull(scorings.reportDigest),
      ),
    )
    .orderBy(asc(scorings.submissionId))
    .limit(historyLength);
  const points: HistoryPoint[] = [];
  let best: Uint8Array | null = null;
  for (const row of rows) {
    const metrics = row.metrics?.[which.split] ?? null;
    const key = orderKey(manifest, { ...row, metrics });
    const score = metrics?.[manifest.primary.metric] ?? null;
    if (key === null || score === null || (best !== null && compareKeys(key, best) >= 0)) continue;
    best = key;
    points.push({ submissionId: row.publicId, acceptedAt: row.acceptedAt, score });
  }
  return points;
}
