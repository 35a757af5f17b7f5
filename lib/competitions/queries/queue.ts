import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitionQueues, competitions, scorings, submissions, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import type { ScoringOverview } from "../admin-model";
import type { QueuePlace } from "../model";
import { onSidesOf } from "./find";
import { intervalOverview } from "./intervals";
import { readableSubmission } from "./submissions";

/** Jobs ahead are counted up to here: who is further back learns nothing from the figure. */
const queueCountedTo = 1_000;

type ScoringRow = typeof scorings.$inferSelect;

/** What is served before it in its competition, as long as nothing new comes. */
function before(scoring: ScoringRow): SQL | undefined {
  const { competitionId, rescoring, turn, id } = scoring;
  const earlier = and(
    eq(scorings.rescoring, rescoring),
    or(lt(scorings.turn, turn), and(eq(scorings.turn, turn), lt(scorings.id, id))),
  );
  return and(
    eq(scorings.state, "QUEUED"),
    isNull(scorings.retryAt),
    eq(scorings.competitionId, competitionId),
    rescoring ? or(eq(scorings.rescoring, false), earlier) : earlier,
  );
}

/**
 * Where a submission stands in its competition's queue; null when it doesn't wait. Other competitions take their turns in
 * between, so that the time is only as good as the last ones'.
 * @throws AppError `not_found` also when it is someone else's
 */
export async function getQueuePlace(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure | null,
  publicId: string,
): Promise<QueuePlace | null> {
  const { scoring } = await readableSubmission(db, actor, exposure, publicId);
  if (scoring?.state !== "QUEUED") return null;
  const first = db
    .select({ id: scorings.id })
    .from(scorings)
    .where(before(scoring))
    .limit(queueCountedTo + 1)
    .as("first");
  const [[counted], [queue], [running]] = await Promise.all([
    db.select({ ahead: sql`count(*)`.mapWith(Number) }).from(first),
    db.select().from(competitionQueues).where(eq(competitionQueues.competitionId, scoring.competitionId)),
    db
      .select({ count: sql`count(*)`.mapWith(Number) })
      .from(scorings)
      .where(
        and(
          eq(scorings.state, "SCORING"),
          isNull(scorings.retryAt),
          eq(scorings.competitionId, scoring.competitionId),
        ),
      ),
  ]);
  const ahead = counted?.ahead ?? 0;
  const meanMs = queue?.meanMs ?? null;
  const atOnce = Math.max(1, running?.count ?? 0);
  return {
    ahead: Math.min(ahead, queueCountedTo),
    more: ahead > queueCountedTo,
    expectedMs: meanMs === null ? null : Math.round((ahead * meanMs) / atOnce),
  };
}

/** Failures that one look shows. */
const failuresShown = 100;

/**
 * The queue by competition, what runs, and what failed last under evaluations that are current; of what is internal with
 * the grant alone.
 * @throws AppError `forbidden` for anyone but an admin
 */
export async function getScoringOverview(db: DbOrTx, actor: Actor): Promise<ScoringOverview> {
  if (!can(actor, "scoring.inspect")) throw new AppError("forbidden", "This needs the admin role.");
  const [queues, running, failures, intervals] = await Promise.all([
    queueCounts(db, actor),
    jobs(db)
      .where(and(eq(scorings.state, "SCORING"), gt(scorings.attempts, 0), onSidesOf(actor)))
      .orderBy(scorings.startedAt),
    jobs(db)
      .where(
        and(
          isNotNull(scorings.failedAt),
          // Of others there is nothing left to be done.
          eq(scorings.evaluationId, competitions.currentEvaluationId),
          onSidesOf(actor),
        ),
      )
      .orderBy(desc(scorings.failedAt))
      .limit(failuresShown),
    intervalOverview(db, actor),
  ]);
  return {
    queues,
    running: running.map(({ scoring, ...job }) => ({
      ...job,
      // The token's random part is the fence; the name before it is the worker's.
      worker: scoring.claimOwner?.replace(/:[^:]*$/, "") ?? "",
      attempts: scoring.attempts,
      startedAt: (scoring.startedAt ?? scoring.queuedAt).toISOString(),
    })),
    failures: failures.map(({ scoring, ...job }) => ({
      ...job,
      failure: scoring.failure ?? "",
      attempts: scoring.attempts,
      finishedAt: (scoring.failedAt ?? scoring.queuedAt).toISOString(),
    })),
    intervals,
  };
}

function jobs(db: DbOrTx) {
  return db
    .select({
      submissionId: submissions.publicId,
      competition: competitions.slug,
      submitter: users.username,
      scoring: scorings,
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .innerJoin(competitions, eq(competitions.id, scorings.competitionId))
    .innerJoin(users, eq(users.id, scorings.userId))
    .$dynamic();
}

async function queueCounts(db: DbOrTx, actor: Actor): Promise<ScoringOverview["queues"]> {
  const sumOf = (condition: SQL) => sql`coalesce(sum(${condition}), 0)`.mapWith(Number);
  return db
    .select({
      competition: competitions.slug,
      queued: sumOf(sql`${scorings.state} = 'QUEUED' and ${scorings.retryAt} is null`),
      retrying: sumOf(sql`${scorings.state} = 'QUEUED' and ${scorings.retryAt} is not null`),
      running: sumOf(sql`${scorings.state} = 'SCORING'`),
      meanMs: competitionQueues.meanMs,
      servedAt: competitionQueues.servedAt,
    })
    .from(scorings)
    .innerJoin(competitions, eq(competitions.id, scorings.competitionId))
    .innerJoin(competitionQueues, eq(competitionQueues.competitionId, scorings.competitionId))
    .where(and(inArray(scorings.state, ["QUEUED", "SCORING"]), onSidesOf(actor)))
    .groupBy(competitions.id)
    .orderBy(competitions.id);
}
