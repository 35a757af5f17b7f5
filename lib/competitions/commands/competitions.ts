import { createHash } from "node:crypto";
import { and, eq, isNull, max } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitionQueues, competitions, datasetVersions, evaluations } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { differing, oldAndNew } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { makeCurrent } from "../lifecycle/check";
import {
  type AddEvaluationInput,
  type CreateCompetitionInput,
  maxTieBreaks,
  type RevealInput,
  type UpdateCompetitionInput,
} from "../model";
import { type CompetitionRow, noCompetition } from "../queries/find";
import { BrokenEvaluation } from "../scoring/errors";
import { type Evaluation, parseEvaluation } from "../scoring/manifest";
import { assertManages, audit, type CommandContext, competitionChanged } from "./context";

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

type Dates = Partial<Pick<CreateCompetitionInput, "opensAt" | "closesAt">>;

function datesOf({ opensAt, closesAt }: { [Name in keyof Dates]: Dates[Name] | undefined }) {
  const date = (text: string | null | undefined) => (typeof text === "string" ? new Date(text) : text);
  return { opensAt: date(opensAt), closesAt: date(closesAt) };
}

/** Locks a competition against acceptances and other admins, which hold the row too. @throws AppError `not_found` */
export async function lockCompetition(tx: Tx, slug: string): Promise<CompetitionRow> {
  const [row] = await tx.select().from(competitions).where(eq(competitions.slug, slug)).for("update");
  if (row) return row;
  throw noCompetition(slug);
}

/**
 * Adds a version of the evaluation, to be checked by the worker; its files lie in the store already, under its id. The
 * same id again changes nothing, but one that was REFUSED is checked again, and one that others came after is asked for
 * last now: if it is READY, it is in force at once.
 * @returns its number
 * @throws AppError `forbidden`, `not_found`, `invalid` when the manifest is no evaluation
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
    if (before?.state === "REFUSED") await checkAgain(tx, before.id);
    if (before && before.asked < asked) await askAgain(tx, context, competition, { ...before, asked: asked + 1 });
    if (before) return { id: input.id, number: before.number };
    const number = (newest?.number ?? 0) + 1;
    const evaluationDigest = createHash("sha256").update(input.manifest).digest("hex");
    const { truthDigest, sampleDigest, sampleFilename } = input;
    await tx.insert(evaluations).values({
      publicId: input.id,
      competitionId: competition.id,
      number,
      asked: asked + 1,
      manifest,
      ...{ evaluationDigest, truthDigest, sampleDigest, sampleFilename },
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

/** What was refused by our fault, or by an older scorer's, may be whole. */
async function checkAgain(tx: Tx, id: number): Promise<void> {
  await tx
    .update(evaluations)
    .set({ state: "CHECKING", reason: null, attempts: 0, nextAttemptAt: dbNow, checkedAt: null })
    .where(eq(evaluations.id, id));
}

/** It counts as asked for last: whatever else is still being checked does not come in its place. */
async function askAgain(
  tx: Tx,
  context: CommandContext,
  competition: CompetitionRow,
  { id, publicId, number, state, asked }: typeof evaluations.$inferSelect,
): Promise<void> {
  await tx.update(evaluations).set({ asked }).where(eq(evaluations.id, id));
  if (state !== "READY" || id === competition.currentEvaluationId) return;
  await tx.update(evaluations).set({ queuedThroughId: 0 }).where(eq(evaluations.id, id));
  await makeCurrent(tx, { id, competition });
  await audit(tx, context, {
    action: "competition.restore_evaluation",
    resource: competition.slug,
    detail: { evaluation: publicId, number },
  });
  await competitionChanged(tx, competition);
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
  { slug, opensAt, closesAt, ...input }: UpdateCompetitionInput,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    const changed = differing<Partial<CompetitionRow>>(competition, input);
    const dates = datesOf({ opensAt, closesAt });
    for (const name of ["opensAt", "closesAt"] as const) {
      const wanted = dates[name];
      if (wanted !== undefined && wanted?.getTime() !== competition[name]?.getTime()) changed[name] = wanted;
    }
    if (Object.keys(changed).length === 0) return;
    const after = { ...competition, ...changed };
    if (after.opensAt && after.closesAt && after.opensAt >= after.closesAt) {
      const message = "It would close before it opens.";
      throw new AppError("invalid", message, { fields: { closesAt: message } });
    }
    await tx.update(competitions).set(changed).where(eq(competitions.id, competition.id));
    const { description: _, rules: __, ...told } = changed;
    await audit(tx, context, {
      action: "competition.update",
      resource: slug,
      // Of long texts that they changed, not what they were.
      detail: { ...oldAndNew<Partial<CompetitionRow>>(competition, told), changed: Object.keys(changed) },
    });
    await competitionChanged(tx, competition);
  });
}
