import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitionEntrants, scorings, submissions, users } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import type { Exposure } from "@/lib/workspaces/model";
import type { AcceptSubmissionInput } from "../model";
import { assertTaken, databaseInstant } from "../queries/acceptance";
import { type CompetitionRow, visibleCompetition } from "../queries/find";
import { nextTurn } from "../rules";
import { audit, type CommandContext } from "./context";

export interface Accepted {
  readonly id: string;
  /** False: this upload was accepted before, and this is what it became. */
  readonly created: boolean;
}

/**
 * Takes a file that lies in the store as a submission, and queues it: one transaction that locks (user, competition), so
 * that of any number at once no more get in than the limits leave. The same upload again is the same submission.
 * @throws AppError `not_found`, `forbidden`, `too_large`, `too_many` (wait for a verdict), `conflict` (closed, limit
 *   reached, upload id of another file)
 */
export async function acceptSubmission(
  context: CommandContext,
  exposure: Exposure,
  input: AcceptSubmissionInput & { readonly baseline?: boolean },
): Promise<Accepted> {
  if (!can(context.actor, "submission.create")) throw new AppError("forbidden", "You may not submit.");
  const accepted = await inTransaction(context.db, async (tx) => {
    const actor = await currentActor(tx, context.actor, exposure);
    const { id } = await visibleCompetition(tx, actor, exposure, input.slug);
    await enter(tx, id, actor.userId);
    // As of the locks: what an admin changes comes wholly before or wholly after.
    await tx.execute(sql`select id from competitions where id = ${id} lock in share mode`);
    const competition = await visibleCompetition(tx, actor, exposure, input.slug);
    const before = await earlierUpload(tx, competition, actor, input);
    return before ?? (await accept(tx, { ...context, actor }, competition, input));
  }).catch((error: unknown) => {
    if (violatedKey(error) === "submissions_upload") throw otherUpload(input.uploadId, error);
    throw error;
  });
  if (accepted.created) context.wake();
  return accepted;
}

/**
 * The actor as of now: an upload may have taken hours. What is internal needs the row's lock, so that withdrawing the grant
 * comes wholly before or wholly after.
 */
async function currentActor(tx: Tx, actor: Actor, exposure: Exposure): Promise<Actor> {
  const row = tx
    .select({ role: users.role, canUseInternal: users.canUseInternal, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.id, actor.userId));
  const [user] = await (exposure === "internal" ? row.for("update") : row);
  if (!user || user.disabledAt) throw new AppError("forbidden", "This account is disabled.");
  return { ...actor, role: user.role, canUseInternal: user.canUseInternal };
}

/** Makes somebody an entrant who is none yet, and holds the entrant's row until the transaction's end either way. */
async function enter(tx: Tx, competitionId: number, userId: number): Promise<void> {
  await tx
    .insert(competitionEntrants)
    .values({ competitionId, userId, createdAt: dbNow })
    .onDuplicateKeyUpdate({ set: { userId } });
}

async function earlierUpload(
  tx: Tx,
  competition: CompetitionRow,
  actor: Actor,
  input: AcceptSubmissionInput,
): Promise<Accepted | null> {
  const [row] = await tx
    .select()
    .from(submissions)
    .where(and(eq(submissions.userId, actor.userId), eq(submissions.uploadId, input.uploadId)));
  if (!row) return null;
  if (row.competitionId === competition.id && row.sha256 === input.sha256) {
    return { id: row.publicId, created: false };
  }
  throw otherUpload(input.uploadId);
}

/** The refusal of an upload id that another file was sent under. */
export function otherUpload(uploadId: string, cause?: unknown): AppError {
  const message = `Another file was sent as ${uploadId}, which is another upload's key (Idempotency-Key). Choose a new one.`;
  return new AppError("conflict", message, { conflict: "taken", cause });
}

async function accept(
  tx: Tx,
  context: CommandContext,
  competition: CompetitionRow,
  input: Parameters<typeof acceptSubmission>[2],
): Promise<Accepted> {
  const { actor, settings } = context;
  const { id: competitionId } = competition;
  const who = { competitionId, userId: actor.userId };
  const { bytes, uploadId, filename, sha256, baseline = false } = input;
  const acceptedAt = await databaseInstant(tx);
  const { evaluationId, day } = await assertTaken(tx, competition, actor, {
    bytes,
    at: new Date(acceptedAt),
    zone: settings.zone,
  });
  const publicId = newPublicId("sub");
  const [made] = await tx.insert(submissions).values({
    ...who,
    publicId,
    firstEvaluationId: evaluationId,
    ...{ uploadId, filename, bytes, sha256, baseline },
    acceptedAt,
    localDay: day,
  });
  await tx.insert(scorings).values({
    ...who,
    submissionId: made.insertId,
    evaluationId,
    rescoring: false,
    turn: await turnFor(tx, who),
    queuedAt: dbNow,
  });
  await audit(tx, context, {
    action: "submission.accept",
    resource: publicId,
    detail: { competition: competition.slug, bytes, sha256 },
  });
  await recordChange(tx, { userId: actor.userId, topic: "competitions", resource: publicId });
  return { id: publicId, created: true };
}

async function turnFor(tx: Tx, who: { competitionId: number; userId: number }): Promise<number> {
  const lastIn = async (state: "QUEUED" | "SCORING") => {
    const [last] = await tx
      .select({ turn: scorings.turn })
      .from(scorings)
      .where(
        and(
          eq(scorings.competitionId, who.competitionId),
          eq(scorings.userId, who.userId),
          eq(scorings.state, state),
          eq(scorings.rescoring, false),
        ),
      )
      .orderBy(desc(scorings.turn))
      .limit(1);
    return last?.turn ?? null;
  };
  const [served] = await tx
    .select({ turn: scorings.turn })
    .from(scorings)
    .where(
      and(
        eq(scorings.state, "QUEUED"),
        isNull(scorings.retryAt),
        eq(scorings.competitionId, who.competitionId),
        eq(scorings.rescoring, false),
      ),
    )
    .orderBy(asc(scorings.turn))
    .limit(1);
  const mine = [await lastIn("QUEUED"), await lastIn("SCORING")].filter((turn) => turn !== null);
  return nextTurn(mine.length === 0 ? null : Math.max(...mine), served?.turn ?? null);
}
