import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitionImports } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import type { Actor } from "@/lib/auth/model";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { size } from "@/lib/kernel/size";
import type { Exposure } from "@/lib/workspaces/model";
import { maxImportBytes } from "../bound-rules";
import type { AcceptImportInput, ConfirmImportInput, PublishedImport } from "../import-model";
import { assertSide, competitionBySlug, noCompetition } from "../queries/find";
import { arrivedImport, getImport, waitingWishes } from "../queries/imports";
import { acceptBaseline } from "./baseline";
import { publishCompetition } from "./competitions";
import { assertManages, audit, type CommandContext } from "./context";
import { applyWaiting } from "./import";

/**
 * Whether a folder's zip would be taken, before any of it is.
 * @returns the most that it may have, in bytes
 * @throws AppError as `acceptImport`
 */
export async function expectImport(
  context: { readonly db: Db; readonly actor: Actor },
  exposure: Exposure,
  { target, bytes }: Pick<AcceptImportInput, "target" | "bytes">,
): Promise<{ maxBytes: number }> {
  const { db, actor } = context;
  assertManages(context);
  assertSide(actor, exposure);
  if (bytes > maxImportBytes) {
    const message = `The zip has ${size(bytes)}; ${size(maxImportBytes)} are taken. On the host ./medforge competition import takes more.`;
    throw new AppError("too_large", message);
  }
  if (target !== null && (await competitionBySlug(db, target)).exposure !== exposure)
    throw noCompetition(target);
  return { maxBytes: maxImportBytes };
}

/**
 * Takes an uploaded zip to be read; the same upload again is the same import.
 * @throws AppError `forbidden`, `not_found` (the competition that it is an evaluation for), `too_large`
 */
export async function acceptImport(
  context: CommandContext,
  exposure: Exposure,
  input: AcceptImportInput,
): Promise<{ id: string }> {
  await expectImport(context, exposure, input);
  const { actor } = context;
  const { uploadId, filename, bytes, target } = input;
  return inTransaction(context.db, async (tx) => {
    const publicId = newPublicId("imp");
    const [made] = await tx.insert(competitionImports).ignore().values({
      publicId,
      userId: actor.userId,
      exposure,
      uploadId,
      filename,
      bytes,
      target,
      createdAt: dbNow,
    });
    if (made.affectedRows === 0) {
      const before = await arrivedImport(tx, actor, uploadId);
      if (before) return { id: before.id };
      throw new Error(`Upload ${uploadId} is neither new nor there.`);
    }
    await audit(tx, context, {
      action: "competition.import",
      resource: publicId,
      detail: { filename, bytes, ...(target === null ? {} : { competition: target }) },
    });
    await recordChange(tx, { userId: actor.userId, topic: "competitions", resource: publicId });
    return { id: publicId };
  });
}

/**
 * Publishes what an import has brought in, and has its baseline scored.
 * @throws AppError `forbidden`, `not_found`, `conflict` when it has brought nothing in
 */
export async function publishImport(context: CommandContext, id: string): Promise<PublishedImport> {
  const { competition } = await getImport(context.db, context.actor, id);
  if (competition === null)
    throw new AppError("conflict", "It has brought nothing in.", { conflict: "changed_meanwhile" });
  const { slug } = competition;
  await publishCompetition(context, slug);
  const [row] = await context.db
    .select({ outcome: competitionImports.outcome, exposure: competitionImports.exposure })
    .from(competitionImports)
    .where(eq(competitionImports.publicId, id));
  const baseline = row?.outcome?.baseline;
  if (!row || !baseline) return { slug, baseline: null };
  const accepted = await acceptBaseline(context, { slug, exposure: row.exposure }, baseline);
  return { slug, baseline: "id" in accepted ? accepted.id : null };
}

/**
 * Puts in force what an import of a published competition has brought in; once it was, again it changes nothing.
 * @throws AppError `forbidden`, `not_found`, `conflict` when it has brought nothing in, or its evaluation was refused
 */
export async function confirmImport(
  context: CommandContext,
  { id, widen }: ConfirmImportInput,
): Promise<{ slug: string }> {
  const { competition, evaluation } = await getImport(context.db, context.actor, id);
  if (competition === null || evaluation === null)
    throw new AppError("conflict", "It has brought nothing in.", { conflict: "changed_meanwhile" });
  const { slug } = competition;
  const wishes = await waitingWishes(context.db, context.actor, id);
  if (wishes === null) return { slug };
  await applyWaiting(context, { slug, evaluation: evaluation.id, wishes }, { widen });
  const ofThis = eq(competitionImports.publicId, id);
  await inTransaction(context.db, async (tx) => {
    const [row] = await tx
      .select({ outcome: competitionImports.outcome })
      .from(competitionImports)
      .where(ofThis)
      .for("update");
    if (row?.outcome) {
      const outcome = { ...row.outcome, waiting: null };
      await tx.update(competitionImports).set({ outcome }).where(ofThis);
    }
    await audit(tx, context, {
      action: "competition.confirm_import",
      resource: id,
      detail: { competition: slug, widen },
    });
  });
  return { slug };
}
