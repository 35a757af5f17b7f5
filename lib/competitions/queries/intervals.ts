import { and, desc, eq, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import {
  competitions,
  evaluations,
  intervalBoards,
  scoringBootstraps,
  scorings,
  submissions,
} from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import type { ScoringOverview } from "../admin-model";
import { onSidesOf } from "./find";

/** Of each kind, as many as one look shows. */
const failuresShown = 20;

type Failure = ScoringOverview["intervals"]["failures"][number];

/** What leaderboards' intervals wait for, and what was given up of them, the newest first; of what is internal with the grant. */
export async function intervalOverview(db: DbOrTx, actor: Actor): Promise<ScoringOverview["intervals"]> {
  const count = sql`count(*)`.mapWith(Number);
  const [[due], ofSubmissions, ofBoards] = await Promise.all([
    db
      .select({ count })
      .from(scoringBootstraps)
      .innerJoin(evaluations, eq(evaluations.id, scoringBootstraps.evaluationId))
      .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
      .where(and(eq(scoringBootstraps.state, "DUE"), onSidesOf(actor))),
    failedBootstraps(db, actor),
    failedBoards(db, actor),
  ]);
  const failures = [
    ...ofSubmissions,
    ...ofBoards.map(({ number, split, ...row }) => ({
      ...row,
      what: `${split} board, evaluation ${number}`,
    })),
  ].map(
    ({ failure, finishedAt, ...row }): Failure => ({
      ...row,
      failure: failure ?? "",
      finishedAt: (finishedAt ?? new Date(0)).toISOString(),
    }),
  );
  return {
    waiting: due?.count ?? 0,
    failures: failures.sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1)),
  };
}

function failedBootstraps(db: DbOrTx, actor: Actor) {
  return db
    .select({
      competition: competitions.slug,
      what: submissions.publicId,
      failure: scoringBootstraps.failure,
      attempts: scoringBootstraps.attempts,
      finishedAt: scoringBootstraps.finishedAt,
    })
    .from(scoringBootstraps)
    .innerJoin(scorings, eq(scorings.id, scoringBootstraps.scoringId))
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .innerJoin(competitions, eq(competitions.id, scorings.competitionId))
    .where(and(eq(scoringBootstraps.state, "FAILED"), onSidesOf(actor)))
    .orderBy(desc(scoringBootstraps.finishedAt))
    .limit(failuresShown);
}

function failedBoards(db: DbOrTx, actor: Actor) {
  return db
    .select({
      competition: competitions.slug,
      number: evaluations.number,
      split: intervalBoards.split,
      failure: intervalBoards.failure,
      attempts: intervalBoards.attempts,
      finishedAt: intervalBoards.finishedAt,
    })
    .from(intervalBoards)
    .innerJoin(evaluations, eq(evaluations.id, intervalBoards.evaluationId))
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(and(eq(intervalBoards.state, "FAILED"), onSidesOf(actor)))
    .orderBy(desc(intervalBoards.finishedAt))
    .limit(failuresShown);
}
