import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, DbOrTx, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import {
  competitions,
  evaluations,
  intervalBoards,
  leaderboardEntries,
  leaderboardIntervals,
  scoringBootstraps,
  scorings,
} from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { placesWithIntervals } from "../bound-rules";
import { competitionChanged } from "../commands/context";
import { newToken, scoringLeaseMs } from "../lifecycle/claim";
import { maxFailures, maxLostClaims, retryAfterMs } from "../rules";
import { leaseFree } from "./bootstraps";
import { gatherMs } from "./mark";
import { intervalsOf } from "./percentiles";
import { resamplesOf, unpackReplicates } from "./replicates";

function claimedRow(
  tx: Tx,
  { evaluationId, split }: Pick<typeof intervalBoards.$inferSelect, "evaluationId" | "split">,
) {
  return tx
    .select({
      evaluationId: intervalBoards.evaluationId,
      split: intervalBoards.split,
      revision: intervalBoards.revision,
      attempts: intervalBoards.attempts,
      manifest: evaluations.manifest,
      revealedAt: evaluations.revealedAt,
      competition: { publicId: competitions.publicId, slug: competitions.slug },
    })
    .from(intervalBoards)
    .innerJoin(evaluations, eq(evaluations.id, intervalBoards.evaluationId))
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(and(eq(intervalBoards.evaluationId, evaluationId), eq(intervalBoards.split, split)));
}

/** A board whose intervals are to be made anew. */
export type BoardClaim = Awaited<ReturnType<typeof claimedRow>>[number] & { readonly token: string };

/** The claim ran out and went to another worker. */
export class BoardLost extends Error {
  override readonly name = "BoardLost";
}

/** Claims the board that has waited longest; null when there is none, or what is there is at other workers. */
export async function claimBoard(db: Db, owner: string): Promise<BoardClaim | null> {
  for (;;) {
    const claimed = await inTransaction(db, (tx) => claimNext(tx, owner));
    if (claimed !== "given up") return claimed;
  }
}

async function claimNext(tx: Tx, owner: string): Promise<BoardClaim | "given up" | null> {
  const b = intervalBoards;
  const [next] = await tx
    .select({ evaluationId: b.evaluationId, split: b.split, attempts: b.attempts })
    .from(b)
    .where(and(eq(b.state, "DUE"), dueForClaim(b.nextAttemptAt), leaseFree(b.claimExpiresAt)))
    .orderBy(asc(b.nextAttemptAt))
    .limit(1)
    .for("update", { skipLocked: true });
  if (!next) return null;
  const one = and(eq(b.evaluationId, next.evaluationId), eq(b.split, next.split));
  if (next.attempts >= maxLostClaims) {
    await tx.update(b).set(givenUp("The worker that made them ended each time.")).where(one);
    return "given up";
  }
  const token = newToken(owner);
  await tx
    .update(b)
    .set({ claimOwner: token, claimExpiresAt: dbNowPlus(scoringLeaseMs), attempts: sql`${b.attempts} + 1` })
    .where(one);
  const [row] = await claimedRow(tx, next);
  return { ...required(row, "the board just claimed"), token };
}

function fenced({ evaluationId, split, token }: BoardClaim): SQL | undefined {
  return and(
    eq(intervalBoards.evaluationId, evaluationId),
    eq(intervalBoards.split, split),
    eq(intervalBoards.claimOwner, token),
  );
}

async function fencedUpdate(
  db: DbOrTx,
  claim: BoardClaim,
  set: MySqlUpdateSetSource<typeof intervalBoards>,
): Promise<void> {
  const [result] = await db.update(intervalBoards).set(set).where(fenced(claim));
  if (result.affectedRows === 0) throw new BoardLost();
}

/** False when the claim is lost. */
export async function renewBoard(db: Db, claim: BoardClaim): Promise<boolean> {
  const [result] = await db
    .update(intervalBoards)
    .set({ claimExpiresAt: dbNowPlus(scoringLeaseMs) })
    .where(fenced(claim));
  return result.affectedRows === 1;
}

const givenUp = (failure: string) =>
  ({
    claimOwner: null,
    claimExpiresAt: null,
    state: "FAILED",
    finishedAt: dbNow,
    failure: failure.slice(0, 1000),
  }) as const;

/** Gives a claim back untried, to be taken again after `delayMs`. @throws BoardLost */
export function releaseBoard(db: Db, claim: BoardClaim, delayMs: number): Promise<void> {
  return fencedUpdate(db, claim, { ...dueAgainIn(delayMs), attempts: sql`${intervalBoards.attempts} - 1` });
}

/** Our fault: tried again after a pause, `maxFailures` times. @throws BoardLost */
export function failBoard(db: Db, claim: BoardClaim, failure: string): Promise<void> {
  const delayMs = retryAfterMs(claim.attempts, maxFailures);
  const text = failure.slice(0, 1000);
  return fencedUpdate(
    db,
    claim,
    delayMs === null ? givenUp(text) : { ...dueAgainIn(delayMs), failure: text },
  );
}

/** A board's best, best first, each with its scoring and what is there of its resamples. */
function bestOfBoard(db: Db, { evaluationId, split }: BoardClaim) {
  return db
    .select({
      submissionId: leaderboardEntries.submissionId,
      scoringId: scorings.id,
      reportDigest: scorings.reportDigest,
      made: { state: scoringBootstraps.state, madeOf: scoringBootstraps.madeOf },
    })
    .from(leaderboardEntries)
    .innerJoin(
      scorings,
      and(
        eq(scorings.submissionId, leaderboardEntries.submissionId),
        eq(scorings.evaluationId, leaderboardEntries.evaluationId),
      ),
    )
    .leftJoin(scoringBootstraps, eq(scoringBootstraps.scoringId, scorings.id))
    .where(and(eq(leaderboardEntries.evaluationId, evaluationId), eq(leaderboardEntries.split, split)))
    .orderBy(asc(leaderboardEntries.orderKey))
    .limit(placesWithIntervals);
}

type Best = Awaited<ReturnType<typeof bestOfBoard>>[number];

/** Whether what is there is of the score that stands, drawn as everybody else's. */
const isCurrent = ({ made, reportDigest }: Best) =>
  made !== null && reportDigest !== null && made.madeOf === resamplesOf(reportDigest);

/**
 * Makes a board's intervals anew once the resamples of all its best are there, and has those made that are missing.
 * @returns how many are waited for: 0 where the intervals are written
 * @throws BoardLost when another worker has it: nothing is written
 */
export async function advanceBoard(db: Db, claim: BoardClaim): Promise<number> {
  const best = await bestOfBoard(db, claim);
  const missing = best.filter((one) => !isCurrent(one));
  if (missing.length > 0) await queueBootstraps(db, claim.evaluationId, missing);
  const waiting = missing.length + best.filter((one) => isCurrent(one) && one.made?.state === "DUE").length;
  if (waiting > 0) return waiting;
  const rows = await intervalRows(db, claim, best);
  await inTransaction(db, (tx) => writeIntervals(tx, claim, rows));
  await dropUnneeded(db, claim.evaluationId);
  return 0;
}

async function queueBootstraps(db: Db, evaluationId: number, missing: readonly Best[]): Promise<void> {
  const rows = missing.flatMap(({ scoringId, reportDigest }) =>
    reportDigest === null
      ? []
      : [{ scoringId, evaluationId, madeOf: resamplesOf(reportDigest), nextAttemptAt: dbNow }],
  );
  if (rows.length === 0) return;
  await inTransaction(db, async (tx) => {
    // Of a score that stands no more, or drawn otherwise: what a worker makes of it just now is lost.
    await tx.delete(scoringBootstraps).where(
      inArray(
        scoringBootstraps.scoringId,
        missing.filter(({ made }) => made !== null).map(({ scoringId }) => scoringId),
      ),
    );
    await tx.insert(scoringBootstraps).ignore().values(rows);
  });
}

type IntervalRow = Omit<typeof leaderboardIntervals.$inferInsert, "computedAt">;

async function intervalRows(
  db: Db,
  { evaluationId, split, manifest }: BoardClaim,
  best: readonly Best[],
): Promise<IntervalRow[]> {
  if (best.length === 0) return [];
  const column = split === "public" ? scoringBootstraps.publicValues : scoringBootstraps.privateValues;
  const stored = await db
    .select({ scoringId: scoringBootstraps.scoringId, values: column })
    .from(scoringBootstraps)
    .where(
      and(
        inArray(
          scoringBootstraps.scoringId,
          best.map(({ scoringId }) => scoringId),
        ),
        eq(scoringBootstraps.state, "DONE"),
      ),
    );
  const valuesOf = new Map(stored.map(({ scoringId, values }) => [scoringId, values]));
  const made = best.flatMap(({ submissionId, scoringId }) => {
    const values = valuesOf.get(scoringId) ?? null;
    return values === null ? [] : [{ submissionId, values: unpackReplicates(values) }];
  });
  const intervals = intervalsOf(
    made.map(({ values }) => values),
    manifest.primary.direction,
  );
  return made.flatMap(({ submissionId }, place) => {
    const interval = intervals[place] ?? null;
    if (interval === null) return [];
    const { score, rank, replicates, leftOut } = interval;
    const [[scoreLow, scoreHigh], [rankLow, rankHigh]] = [score, rank];
    const key = { evaluationId, split, submissionId };
    return [{ ...key, scoreLow, scoreHigh, rankLow, rankHigh, replicates, leftOut }];
  });
}

/** In one transaction: whoever looks meanwhile sees the old ones. A board that has changed since stays due. */
async function writeIntervals(tx: Tx, claim: BoardClaim, rows: readonly IntervalRow[]): Promise<void> {
  const { evaluationId, split, revision, revealedAt, competition } = claim;
  await fencedUpdate(tx, claim, {
    ...dueAgainIn(gatherMs),
    ...{ attempts: 0, failure: null, finishedAt: dbNow },
    state: sql`if(${intervalBoards.revision} = ${revision}, 'DONE', 'DUE')`,
  });
  await tx
    .delete(leaderboardIntervals)
    .where(and(eq(leaderboardIntervals.evaluationId, evaluationId), eq(leaderboardIntervals.split, split)));
  if (rows.length > 0)
    await tx.insert(leaderboardIntervals).values(rows.map((row) => ({ ...row, computedAt: dbNow })));
  // As with the board itself: of a private one nobody is told, since when it came would say something.
  if (split === "public" || revealedAt) await competitionChanged(tx, competition);
}

/** Resamples of submissions that are nobody's best any more, on either split. */
async function dropUnneeded(db: Db, evaluationId: number): Promise<void> {
  await db.delete(scoringBootstraps).where(
    and(
      eq(scoringBootstraps.evaluationId, evaluationId),
      sql`not exists (select 1 from ${leaderboardEntries} l join ${scorings} s
        on s.submission_id = l.submission_id and s.evaluation_id = l.evaluation_id
        where l.evaluation_id = ${evaluationId} and s.id = ${scoringBootstraps.scoringId})`,
    ),
  );
}
