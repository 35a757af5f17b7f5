import { and, asc, eq, gt, inArray, isNotNull } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { competitionEntrants, evaluations, leaderboardEntries, scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit } from "@/lib/audit/record";
import { retryBootstraps } from "../intervals/bootstraps";
import { markBoards } from "../intervals/mark";
import { splits } from "../model";
import { competitionBySlug } from "../queries/find";
import { bestOf } from "../rules";
import { competitionChanged } from "./context";

/** People whose entries one transaction makes anew: their scores wait for it. */
const batch = 200;

type EvaluationRow = typeof evaluations.$inferSelect;
type Ranked = Pick<EvaluationRow, "id" | "manifest">;
type Entry = typeof leaderboardEntries.$inferSelect;

export interface Rebuilt {
  /** Entries that the boards have now, of all evaluations and splits. */
  readonly entries: number;
  /** Of these those that were missing or otherwise before, and those that should not have been there. */
  readonly changed: number;
}

/**
 * Makes the boards of a competition anew from its scorings, those of older evaluations too: what is right already stays as
 * it is, so that readers see no gap and a second run changes nothing. Scores that are settled meanwhile wait for the
 * batch of their submitter. Their intervals are made anew, and what of them was given up is tried again. For the
 * operator's command line, which is nobody's session.
 * @throws AppError `not_found`
 */
export async function rebuildLeaderboard(db: Db, auditor: Auditor, slug: string): Promise<Rebuilt> {
  const competition = await competitionBySlug(db, slug);
  const ready = await db
    .select()
    .from(evaluations)
    .where(and(eq(evaluations.competitionId, competition.id), eq(evaluations.state, "READY")));
  const rebuilt = { entries: 0, changed: 0 };
  for (let after = 0; ; ) {
    const done = await inTransaction(db, (tx) => rebuildBatch(tx, competition.id, ready, after));
    if (done === null) break;
    after = done.last;
    rebuilt.entries += done.entries;
    rebuilt.changed += done.changed;
  }
  await inTransaction(db, async (tx) => {
    await recordAudit(tx, auditor, {
      action: "competition.rebuild_leaderboard",
      resource: slug,
      detail: rebuilt,
    });
    if (rebuilt.changed > 0) await competitionChanged(tx, competition);
    await retryBootstraps(tx, competition.id);
    for (const { id } of ready) await markBoards(tx, id, splits);
  });
  return rebuilt;
}

async function rebuildBatch(
  tx: Tx,
  competitionId: number,
  ready: readonly EvaluationRow[],
  after: number,
): Promise<(Rebuilt & { last: number }) | null> {
  const entrants = await tx
    .select({ userId: competitionEntrants.userId })
    .from(competitionEntrants)
    .where(and(eq(competitionEntrants.competitionId, competitionId), gt(competitionEntrants.userId, after)))
    .orderBy(asc(competitionEntrants.userId))
    .limit(batch)
    .for("update");
  const userIds = entrants.map(({ userId }) => userId);
  const last = userIds.at(-1);
  if (last === undefined) return null;
  const sums = { entries: 0, changed: 0, last };
  for (const evaluation of ready) {
    const { entries, changed } = await rebuildEntries(tx, evaluation, userIds);
    sums.entries += entries;
    sums.changed += changed.length;
  }
  return sums;
}

/** A user's entry on the board of a split. */
type Place = Pick<Entry, "split" | "userId">;

/**
 * Makes the entries of people anew on the boards of one evaluation. Their entrants' rows are locked.
 * @returns how many there are, and which are otherwise than before
 */
export async function rebuildEntries(
  tx: Tx,
  evaluation: Ranked,
  userIds: readonly number[],
): Promise<{ entries: number; changed: readonly Place[] }> {
  const wanted = await bestEntries(tx, evaluation, userIds);
  return { entries: wanted.length, changed: await replaceEntries(tx, evaluation.id, userIds, wanted) };
}

async function bestEntries(tx: Tx, { id, manifest }: Ranked, userIds: readonly number[]): Promise<Entry[]> {
  const scored = await tx
    .select({
      submissionId: submissions.id,
      acceptedAt: submissions.acceptedAt,
      userId: scorings.userId,
      metrics: scorings.metrics,
    })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(
      and(
        eq(scorings.evaluationId, id),
        inArray(scorings.userId, [...userIds]),
        // A score stands while it is made anew.
        isNotNull(scorings.reportDigest),
      ),
    );
  const byUser = new Map<number, typeof scored>(userIds.map((userId) => [userId, []]));
  for (const one of scored) byUser.get(one.userId)?.push(one);
  return [...byUser.values()].flatMap((theirs) =>
    splits.flatMap((split) => {
      const best = bestOf(
        manifest,
        theirs.map((one) => ({ ...one, metrics: one.metrics?.[split] ?? null })),
      );
      const score = best?.contender.metrics?.[manifest.primary.metric] ?? null;
      if (best === null || score === null) return [];
      const { userId, submissionId } = best.contender;
      return [{ evaluationId: id, split, userId, submissionId, score, orderKey: Buffer.from(best.key) }];
    }),
  );
}

/** One text for one entry, to tell what is right already. */
function textOf({ split, userId, submissionId, score, orderKey }: Entry): string {
  return [split, userId, submissionId, score, orderKey.toString("hex")].join(" ");
}

async function replaceEntries(
  tx: Tx,
  evaluationId: number,
  userIds: readonly number[],
  wanted: readonly Entry[],
): Promise<readonly Place[]> {
  const theirs = and(
    eq(leaderboardEntries.evaluationId, evaluationId),
    inArray(leaderboardEntries.userId, [...userIds]),
  );
  const present = await tx.select().from(leaderboardEntries).where(theirs);
  const [right, there] = [new Set(wanted.map(textOf)), new Set(present.map(textOf))];
  const wrong = present.filter((entry) => !right.has(textOf(entry)));
  const missing = wanted.filter((entry) => !there.has(textOf(entry)));
  for (const { split, userId } of wrong) {
    const place = and(eq(leaderboardEntries.split, split), eq(leaderboardEntries.userId, userId));
    await tx.delete(leaderboardEntries).where(and(eq(leaderboardEntries.evaluationId, evaluationId), place));
  }
  if (missing.length > 0) await tx.insert(leaderboardEntries).values(missing);
  const changed = [...wrong, ...missing].map(
    ({ split, userId }) => [`${split} ${userId}`, { split, userId }] as const,
  );
  return [...new Map(changed).values()];
}
