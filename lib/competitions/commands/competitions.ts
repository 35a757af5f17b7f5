import { createHash } from "node:crypto";
import { and, eq, isNull, max } from "drizzle-orm";
import { dbNow } from "@/db/clock";
import { competitionQueues, competitions, datasetVersions, evaluations } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { tellRevealed } from "../lifecycle/tell";
import {
  type AddEvaluationInput,
  type CreateCompetitionInput,
  maxTieBreaks,
  type RevealInput,
  type UpdateCompetitionInput,
} from "../model";
import { BrokenEvaluation } from "../scoring/errors";
import { type Evaluation, parseEvaluation } from "../scoring/manifest";
import { assertManages, audit, auditorOf, type CommandContext, competitionChanged } from "./context";
import { askAgain } from "./force";
import { lockCompetition } from "./lock";
import { changeSettings, datesOf } from "./settings";

/**
 * Makes a competition on a version of a data set, whose exposure it has from then on. Nobody but admins sees it before it
 * is published and has an evaluation that is READY.
 * @throws AppError `forbidden`, `not_found` (the version), `conflict` (the slug is taken)
 */
export async function createCompetition(
  context: CommandContext,
  input: CreateCompetitionInput,
): Promise<{ id: string; slug: string }> {
  assertManages(context);
  const { datasetVersionId, opensAt, closesAt, ...settings } = input;
  const publicId = newPublicId("cmp");
  await inTransaction(context.db, async (tx) => {
    const [version] = await tx
      .select({ id: datasetVersions.id, exposure: datasetVersions.exposure })
      .from(datasetVersions)
      .where(eq(datasetVersions.publicId, datasetVersionId));
    if (!version) throw new AppError("not_found", `No data set version ${datasetVersionId}.`);
    const [made] = await tx.insert(competitions).values({
      ...settings,
      ...datesOf({ opensAt, closesAt }),
      publicId,
      datasetVersionId: version.id,
      exposure: version.exposure,
      createdAt: dbNow,
    });
    await tx.insert(competitionQueues).values({ competitionId: made.insertId });
    await audit(tx, context, {
      action: "competition.create",
      resource: input.slug,
      detail: { competition: publicId, dataset: datasetVersionId, visibility: input.visibility },
    });
    await competitionChanged(tx, { publicId });
  }).catch((error: unknown) => {
    if (violatedKey(error) !== "competitions_slug") throw error;
    const message = `There is a competition ${input.slug} already.`;
    throw new AppError("conflict", message, { conflict: "taken", fields: { slug: message }, cause: error });
  });
  return { id: publicId, slug: input.slug };
}

/**
 * Adds a version of the evaluation, to be checked by the worker; its files lie in the store already, under its id. The
 * same id again changes nothing, but one that was REFUSED is checked again, and one that others came after is asked for
 * last now: if it is READY, it is in force at once, unless it is to wait.
 * @returns its number
 * @throws AppError `forbidden`, `not_found`, `invalid` when the manifest is no evaluation, or the sample is known to score
 *   otherwise than expected
 */
export async function addEvaluation(
  context: CommandContext,
  input: AddEvaluationInput,
): Promise<{ id: string; number: number }> {
  assertManages(context);
  const manifest = manifestOf(input.manifest);
  const added = await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, input.slug);
    const [before] = await tx.select().from(evaluations).where(eq(evaluations.publicId, input.id));
    const [newest] = await tx
      .select({ number: max(evaluations.number), asked: max(evaluations.asked) })
      .from(evaluations)
      .where(eq(evaluations.competitionId, competition.id));
    const asked = newest?.asked ?? 0;
    if (before) {
      await askAgain(tx, context, { competition, before, asked, input });
      return { id: input.id, number: before.number };
    }
    const number = (newest?.number ?? 0) + 1;
    const evaluationDigest = createHash("sha256").update(input.manifest).digest("hex");
    const { truthDigest, sampleDigest, sampleFilename, expected, settings, waits } = input;
    await tx.insert(evaluations).values({
      publicId: input.id,
      competitionId: competition.id,
      number,
      asked: asked + 1,
      manifest,
      ...{ evaluationDigest, truthDigest, sampleDigest, sampleFilename, expected, settings, waits },
      nextAttemptAt: dbNow,
      createdAt: dbNow,
    });
    await audit(tx, context, {
      action: "competition.add_evaluation",
      resource: input.slug,
      detail: { evaluation: input.id, number, evaluationDigest, truthDigest },
    });
    await competitionChanged(tx, competition);
    return { id: input.id, number };
  });
  context.wake();
  return added;
}

/** @throws AppError `invalid`, naming the field */
function manifestOf(text: string): Evaluation {
  const invalid = (message: string, cause?: unknown) =>
    new AppError("invalid", message, { fields: { manifest: message }, cause });
  try {
    const manifest = parseEvaluation(text);
    if (manifest.tieBreak.length <= maxTieBreaks) return manifest;
  } catch (error) {
    if (error instanceof BrokenEvaluation) throw invalid(error.message, error);
    throw error;
  }
  throw invalid(`At most ${maxTieBreaks} metrics may break ties.`);
}

/**
 * Shows a competition to those it is for, once its evaluation is READY; again it changes nothing.
 * @throws AppError `forbidden`, `not_found`
 */
export async function publishCompetition(context: CommandContext, slug: string): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    const [result] = await tx
      .update(competitions)
      .set({ publishedAt: dbNow })
      .where(and(eq(competitions.id, competition.id), isNull(competitions.publishedAt)));
    if (result.affectedRows === 0) return;
    await audit(tx, context, { action: "competition.publish", resource: slug });
    await competitionChanged(tx, competition);
  });
}

/**
 * Hides a published competition from everybody but admins, data and boards too; submissions, scores and boards are kept, and
 * it may be published again. What was handed out by then is out. Again it changes nothing.
 * @throws AppError `forbidden`, `not_found`
 */
export async function withdrawCompetition(context: CommandContext, slug: string): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    if (competition.publishedAt === null) return;
    await tx.update(competitions).set({ publishedAt: null }).where(eq(competitions.id, competition.id));
    await audit(tx, context, {
      action: "competition.withdraw",
      resource: slug,
      detail: { publishedAt: competition.publishedAt.toISOString() },
    });
    await competitionChanged(tx, competition);
  });
}

/**
 * Shows the private split of the evaluation in force, and its board, to everybody who sees the competition, for good;
 * again it changes nothing. A later evaluation's private split is closed until it is revealed itself.
 * @throws AppError `forbidden`, `not_found`, `conflict` when no evaluation is READY yet, or another than is meant
 */
export async function revealPrivate(
  context: CommandContext,
  { slug, evaluationId }: RevealInput,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    const [current] = await tx
      .select({ id: evaluations.id, publicId: evaluations.publicId, number: evaluations.number })
      .from(evaluations)
      .where(eq(evaluations.id, competition.currentEvaluationId ?? 0));
    if (!current || (evaluationId !== undefined && evaluationId !== current.publicId)) {
      const message = current
        ? `Evaluation ${current.number} is in force since then. Look at it before you reveal its private split.`
        : `${competition.title} has no evaluation yet.`;
      throw new AppError("conflict", message, { conflict: "changed_meanwhile" });
    }
    const [result] = await tx
      .update(evaluations)
      .set({ revealedAt: dbNow })
      .where(and(eq(evaluations.id, current.id), isNull(evaluations.revealedAt)));
    if (result.affectedRows === 0) return;
    const { publicId: evaluation, number } = current;
    await tellRevealed(tx, competition, evaluation);
    await audit(tx, context, {
      action: "competition.reveal",
      resource: slug,
      detail: { evaluation, number },
    });
    await competitionChanged(tx, competition);
  });
}

/**
 * Changes what is named and differs. Limits and dates hold from the next submission on.
 * @throws AppError `forbidden`, `not_found`, `invalid` when it would close before it opens
 */
export async function updateCompetition(
  context: CommandContext,
  { slug, ...settings }: UpdateCompetitionInput,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    await changeSettings(tx, auditorOf(context), competition, settings);
  });
}
