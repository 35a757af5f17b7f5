import { and, eq, inArray } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { competitionEntrants, leaderboardEntries } from "@/db/schema";
import { type Split, type StoredManifest, type StoredMetrics, splits } from "../model";
import { compareKeys, orderKey } from "../rules";

interface Scored {
  readonly evaluationId: number;
  readonly competitionId: number;
  readonly userId: number;
  readonly submissionId: number;
  readonly acceptedAt: string;
  readonly manifest: StoredManifest;
}

/**
 * Takes a score into the boards, one for each split: a user's entry is the better of what it was and this. Locks the
 * entrant, so that of two scores of one person settled at once neither is lost.
 * @returns the splits whose board changed
 */
export async function projectScore(tx: Tx, scored: Scored, metrics: StoredMetrics): Promise<Split[]> {
  await lockEntrant(tx, scored);
  const changed: Split[] = [];
  for (const split of splits) if (await projectOn(tx, scored, split, metrics)) changed.push(split);
  return changed;
}

/** Whoever writes a person's entries holds this. */
export async function lockEntrant(
  tx: Tx,
  { competitionId, userId }: Pick<Scored, "competitionId" | "userId">,
): Promise<void> {
  await tx
    .select({ userId: competitionEntrants.userId })
    .from(competitionEntrants)
    .where(and(eq(competitionEntrants.competitionId, competitionId), eq(competitionEntrants.userId, userId)))
    .for("update");
}

/** Whether a submission is its sender's entry on a board of the evaluation. */
export async function hasEntry(
  tx: Tx,
  { evaluationId, userId, submissionId }: Pick<Scored, "evaluationId" | "userId" | "submissionId">,
): Promise<boolean> {
  const theirs = await tx
    .select({ submissionId: leaderboardEntries.submissionId })
    .from(leaderboardEntries)
    .where(
      and(
        eq(leaderboardEntries.evaluationId, evaluationId),
        inArray(leaderboardEntries.split, [...splits]),
        eq(leaderboardEntries.userId, userId),
      ),
    );
  return theirs.some((entry) => entry.submissionId === submissionId);
}

async function projectOn(tx: Tx, scored: Scored, split: Split, metrics: StoredMetrics): Promise<boolean> {
  const { evaluationId, userId, submissionId, acceptedAt, manifest } = scored;
  const key = orderKey(manifest, { submissionId, acceptedAt, metrics: metrics[split] });
  const score = metrics[split]?.[manifest.primary.metric] ?? null;
  if (key === null || score === null) return false;
  const place = and(
    eq(leaderboardEntries.evaluationId, evaluationId),
    eq(leaderboardEntries.split, split),
    eq(leaderboardEntries.userId, userId),
  );
  const [entry] = await tx
    .select({ orderKey: leaderboardEntries.orderKey })
    .from(leaderboardEntries)
    .where(place);
  const better = { orderKey: Buffer.from(key), submissionId, score };
  if (!entry) await tx.insert(leaderboardEntries).values({ evaluationId, split, userId, ...better });
  else if (compareKeys(key, entry.orderKey) < 0) await tx.update(leaderboardEntries).set(better).where(place);
  else return false;
  return true;
}
