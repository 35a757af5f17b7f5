import { and, asc, eq, gt, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { scorings, submissions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChanges } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { type CompetitionRow, competitionBySlug } from "../queries/find";
import { untried } from "../rules";
import { assertManages, audit, type CommandContext } from "./context";

/** Scorings that one transaction queues. */
const batch = 500;

/**
 * Queues anew what another version of the scorer than `scorer` has scored or rejected, under the same evaluation:
 * submissions of the current one, behind everything that somebody waits for. The old verdicts stand, on the boards too,
 * until the new ones are there. Cut off, it goes on when it is called again.
 * @param onProgress told how many are queued so far
 * @returns how many
 * @throws AppError `forbidden`, `not_found`, `conflict` when no evaluation is READY yet
 */
export async function rescoreCompetition(
  context: CommandContext,
  { slug, scorer }: { slug: string; scorer: string },
  onProgress: (queued: number) => void = () => undefined,
): Promise<number> {
  assertManages(context);
  const competition = await competitionBySlug(context.db, slug);
  if (competition.currentEvaluationId === null) {
    throw new AppError("conflict", `${competition.title} has no evaluation yet.`, { conflict: "closed" });
  }
  let queued = 0;
  for (let after = 0; ; ) {
    const done = await inTransaction(context.db, (tx) => queueAnew(tx, competition, scorer, after));
    if (done === null) break;
    after = done.last;
    queued += done.queued;
    context.wake();
    onProgress(queued);
  }
  await inTransaction(context.db, (tx) =>
    audit(tx, context, { action: "competition.rescore", resource: slug, detail: { scorer, queued } }),
  );
  return queued;
}

async function queueAnew(
  tx: Tx,
  competition: CompetitionRow,
  scorer: string,
  after: number,
): Promise<{ queued: number; last: number } | null> {
  const isOld = and(
    eq(scorings.competitionId, competition.id),
    eq(scorings.evaluationId, competition.currentEvaluationId ?? 0),
    inArray(scorings.state, ["SCORED", "REJECTED"]),
    ne(scorings.scorer, scorer),
  );
  // Found without a lock, and locked by their ids: what is passed over stays free.
  const found = await tx
    .select({ id: scorings.id })
    .from(scorings, { forceIndex: "scorings_evaluation" })
    .where(and(isOld, gt(scorings.id, after)))
    .orderBy(asc(scorings.id))
    .limit(batch);
  const last = found.at(-1)?.id;
  if (last === undefined) return null;
  const ids = found.map(({ id }) => id);
  const locked = await tx
    .select({ id: scorings.id, submissionId: scorings.submissionId })
    .from(scorings, { forceIndex: "PRIMARY" })
    .where(and(inArray(scorings.id, ids), isOld))
    .for("update");
  if (locked.length === 0) return { queued: 0, last };
  // Locked against the sweep, which drops the files of what was rejected long ago; what has none can't be scored.
  const old = await tx
    .select({ id: submissions.id, userId: submissions.userId, publicId: submissions.publicId })
    .from(submissions, { forceIndex: "PRIMARY" })
    .where(
      and(
        inArray(
          submissions.id,
          locked.map(({ submissionId }) => submissionId),
        ),
        isNull(submissions.fileDroppedAt),
      ),
    )
    .for("update");
  const kept = new Set(old.map(({ id }) => id));
  const theirs = inArray(
    scorings.id,
    locked.flatMap(({ id, submissionId }) => (kept.has(submissionId) ? [id] : [])),
  );
  if (kept.size === 0) return { queued: 0, last };
  await tx
    .update(scorings)
    .set({
      state: "QUEUED",
      rescoring: true,
      turn: sql`${scorings.submissionId}`,
      ...untried,
      ...{ retryAt: null, queuedAt: dbNow, failure: null, failedAt: null },
    })
    .where(theirs);
  await recordChanges(
    tx,
    old.map(({ userId, publicId }) => ({ userId, topic: "competitions", resource: publicId })),
  );
  return { queued: old.length, last };
}
