import { randomBytes } from "node:crypto";
import { and, asc, eq, isNull, notInArray, type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { competitionQueues, competitions, evaluations, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { byFairness, type WaitingQueue } from "../rules";

/** How long a claim holds without renewal, in ms: what a killed worker delays, and thrice the pace of renewal. */
export const scoringLeaseMs = 10_000;
/** How long one scoring may take, in ms, whatever renews it: what hangs ends then. */
export const scoringDeadlineMs = 10 * 60_000;

/** A token made for one claim alone: the fence of its later writes. */
export function newToken(owner: string): string {
  return `${owner}:${randomBytes(8).toString("hex")}`;
}

/** May be claimed: retries that still wait are kept apart by their time, which `recoverScorings` takes away. */
const ready = and(eq(scorings.state, "QUEUED"), isNull(scorings.retryAt));

/**
 * The competitions with something to claim. For each the first of its queue and the few that run are looked up in the
 * index, whose order that is; nothing that waits behind is read.
 */
async function waitingQueues(db: Db): Promise<WaitingQueue[]> {
  const q = competitionQueues;
  // Spelled out: in a selection from one table Drizzle leaves the table's name away, and `s` would be compared with itself.
  const ofQueue = sql`${q}.competition_id`;
  const first = sql`(select s.rescoring from ${scorings} s force index (scorings_queue)
    where s.state = 'QUEUED' and s.retry_at is null and s.competition_id = ${ofQueue}
    order by s.rescoring, s.turn, s.id limit 1)`;
  const running = sql`(select count(*) from ${scorings} s force index (scorings_queue)
    where s.state = 'SCORING' and s.retry_at is null and s.competition_id = ${ofQueue})`;
  const rows = await db
    .select({
      competitionId: q.competitionId,
      servedAt: q.servedAt,
      rescoring: sql<number | null>`${first}`.as("rescoring"),
      running: running.mapWith(Number).as("running"),
    })
    .from(q)
    .having(sql`rescoring is not null`);
  return rows.map((row) => ({ ...row, rescoring: Number(row.rescoring) === 1 }));
}

function claimedRow(tx: Tx, id: number) {
  return tx
    .select({
      id: scorings.id,
      attempts: scorings.attempts,
      failures: scorings.failures,
      overBounds: scorings.overBounds,
      /** Of the score that it has already and that stands until the new one is there; null where it is the first. */
      standing: scorings.reportDigest,
      /** The same of a rejection. */
      rejection: scorings.problem,
      rescoring: scorings.rescoring,
      submissionId: scorings.submissionId,
      evaluationId: scorings.evaluationId,
      competitionId: scorings.competitionId,
      userId: scorings.userId,
      submission: submissions.publicId,
      acceptedAt: submissions.acceptedAt,
      competition: { publicId: competitions.publicId, slug: competitions.slug },
      evaluation: evaluations.publicId,
      manifest: evaluations.manifest,
      hasPrivate: evaluations.hasPrivate,
      revealedAt: evaluations.revealedAt,
      /** What a report must be of, to be a score of this. */
      digests: {
        evaluation: evaluations.evaluationDigest,
        truth: evaluations.truthDigest,
        submission: submissions.sha256,
      },
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .innerJoin(evaluations, eq(evaluations.id, scorings.evaluationId))
    .innerJoin(competitions, eq(competitions.id, scorings.competitionId))
    .where(eq(scorings.id, id));
}

/** A scoring as claimed, with all that the scorer must be told and the verdict compared with. */
export type ScoringClaim = Awaited<ReturnType<typeof claimedRow>>[number] & { readonly token: string };

/** The claim ran out and went to another worker, or was settled. */
export class ScoringLost extends Error {
  override readonly name = "ScoringLost";
}

/**
 * Claims the scoring whose turn it is, for `owner`; null when nothing is due. Fair in this order: people who have nothing
 * running, so that nobody holds every place for as long as a file may take; of the competitions with something to do, those with a submission that somebody waits for before those that only score anew, then the one with
 * the fewest scorings running, then the one served longest ago; within it the users in turns (`nextTurn`), then the
 * oldest. What others are claiming just now is passed over, so that any number of workers go side by side.
 */
export async function claimScoring(db: Db, owner: string): Promise<ScoringClaim | null> {
  const queues = await waitingQueues(db);
  if (queues.length === 0) return null;
  queues.sort(byFairness);
  const busy = await busyUsers(db);
  for (const waitedFor of busy.length === 0 ? [undefined] : [byOthersThan(busy), undefined]) {
    for (const { competitionId } of queues) {
      const claim = await inTransaction(db, (tx) => claimFrom(tx, competitionId, owner, waitedFor));
      if (claim !== null) return claim;
    }
  }
  return null;
}

async function busyUsers(db: Db): Promise<number[]> {
  const rows = await db
    .selectDistinct({ userId: scorings.userId })
    .from(scorings)
    .where(eq(scorings.state, "SCORING"));
  return rows.map(({ userId }) => userId);
}

const byOthersThan = (busy: readonly number[]): SQL | undefined =>
  and(eq(scorings.rescoring, false), notInArray(scorings.userId, [...busy]));

async function claimFrom(
  tx: Tx,
  competitionId: number,
  owner: string,
  which: SQL | undefined,
): Promise<ScoringClaim | null> {
  const [next] = await tx
    .select({ id: scorings.id })
    .from(scorings, { forceIndex: "scorings_queue" })
    .where(and(ready, eq(scorings.competitionId, competitionId), which))
    .orderBy(asc(scorings.rescoring), asc(scorings.turn), asc(scorings.id))
    .limit(1)
    .for("update", { skipLocked: true });
  if (!next) return null;
  const token = newToken(owner);
  await tx
    .update(scorings)
    .set({
      state: "SCORING",
      attempts: sql`${scorings.attempts} + 1`,
      claimOwner: token,
      claimExpiresAt: dbNowPlus(scoringLeaseMs),
      deadlineAt: dbNowPlus(scoringDeadlineMs),
      startedAt: dbNow,
    })
    .where(eq(scorings.id, next.id));
  await tx
    .update(competitionQueues)
    .set({ servedAt: sql`utc_timestamp(6)` })
    .where(eq(competitionQueues.competitionId, competitionId));
  const [row] = await claimedRow(tx, next.id);
  const claimed = required(row, "the scoring just claimed");
  await recordChange(tx, { userId: claimed.userId, topic: "competitions", resource: claimed.submission });
  return { ...claimed, token };
}

/** Still this claim. The WHERE of every write a worker makes. */
export function fenced(claim: ScoringClaim): SQL | undefined {
  return and(eq(scorings.id, claim.id), eq(scorings.claimOwner, claim.token), eq(scorings.state, "SCORING"));
}

/** Keeps the claim for another lease, but not beyond its deadline. False when it is lost or the deadline has passed. */
export async function renewScoring(db: Db, claim: ScoringClaim): Promise<boolean> {
  const [result] = await db
    .update(scorings)
    .set({ claimExpiresAt: sql`least(${dbNowPlus(scoringLeaseMs)}, ${scorings.deadlineAt})` })
    .where(and(fenced(claim), sql`${scorings.deadlineAt} > ${dbNow}`));
  return result.affectedRows === 1;
}
