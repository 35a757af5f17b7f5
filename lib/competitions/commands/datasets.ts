import { eq, max } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { datasetFiles, datasets, datasetVersions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit, recordChange } from "@/lib/audit/record";
import { differing, oldAndNew } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import type { CreateDatasetVersionInput } from "../model";
import { assertManages, audit, auditorOf, type CommandContext } from "./context";

/** Rows of one INSERT, far below what MariaDB takes in a packet. */
const filesAtOnce = 1_000;

/**
 * Adds a version to a data set, and makes the data set with its first. The files lie in the store already, under the
 * version's id. Its files never change; the same id again corrects what is said of them: licence, source, description.
 * @returns the version's number
 * @throws AppError `forbidden`, `conflict` when the data set has the other exposure
 */
export async function createDatasetVersion(
  context: CommandContext,
  input: CreateDatasetVersionInput,
): Promise<{ number: number }> {
  assertManages(context);
  return inTransaction(context.db, async (tx) => {
    const dataset = await lockDataset(tx, input);
    const [before] = await tx.select().from(datasetVersions).where(eq(datasetVersions.publicId, input.id));
    if (before) {
      if (await correct(tx, auditorOf(context), { before, slug: input.slug }, input))
        await recordChange(tx, { userId: context.actor.userId, topic: "competitions", resource: input.id });
      return { number: before.number };
    }
    const number = await insertVersion(tx, dataset.id, input);
    await audit(tx, context, {
      action: "dataset.add_version",
      resource: input.slug,
      detail: { version: input.id, number, files: input.files.length },
    });
    // To admins alone: others see it by a competition on it, whose change they hear of.
    await recordChange(tx, { userId: context.actor.userId, topic: "competitions", resource: input.id });
    return { number };
  });
}

/** What is said of a version's files: what is not named stays as it is. */
type Origin = { readonly [Name in "licence" | "source" | "description"]?: string | undefined };

/** Corrects what is said of a version, found by its row. @returns whether it was otherwise */
export async function correctOrigin(tx: Tx, auditor: Auditor, id: number, origin: Origin): Promise<boolean> {
  const [row] = await tx
    .select({ before: datasetVersions, slug: datasets.slug })
    .from(datasetVersions)
    .innerJoin(datasets, eq(datasets.id, datasetVersions.datasetId))
    .where(eq(datasetVersions.id, id))
    .for("update");
  return correct(tx, auditor, required(row, "the competition's data"), origin);
}

async function correct(
  tx: Tx,
  auditor: Auditor,
  { before, slug }: { readonly before: typeof datasetVersions.$inferSelect; readonly slug: string },
  { licence, source, description }: Origin,
): Promise<boolean> {
  const changed = differing<Partial<typeof before>>(before, { licence, source, description });
  if (Object.keys(changed).length === 0) return false;
  await tx.update(datasetVersions).set(changed).where(eq(datasetVersions.id, before.id));
  const { description: _, ...told } = changed;
  await recordAudit(tx, auditor, {
    action: "dataset.correct_version",
    resource: slug,
    detail: {
      version: before.publicId,
      ...oldAndNew<Partial<typeof before>>(before, told),
      changed: Object.keys(changed),
    },
  });
  return true;
}

async function lockDataset(tx: Tx, input: CreateDatasetVersionInput): Promise<{ id: number }> {
  const { slug, title, exposure } = input;
  await tx
    .insert(datasets)
    .values({ publicId: newPublicId("dat"), slug, title, exposure, createdAt: dbNow })
    .onDuplicateKeyUpdate({ set: { title } });
  const [row] = await tx.select().from(datasets).where(eq(datasets.slug, slug));
  const dataset = required(row, "the data set just made");
  if (dataset.exposure === exposure) return dataset;
  const message = `Data set ${slug} is ${dataset.exposure}, for good. Choose another name.`;
  throw new AppError("conflict", message, { conflict: "taken", fields: { exposure: message } });
}

async function insertVersion(tx: Tx, datasetId: number, input: CreateDatasetVersionInput): Promise<number> {
  const [newest] = await tx
    .select({ number: max(datasetVersions.number) })
    .from(datasetVersions)
    .where(eq(datasetVersions.datasetId, datasetId));
  const number = (newest?.number ?? 0) + 1;
  const { id: publicId, exposure, licence, source, description, files } = input;
  const [made] = await tx
    .insert(datasetVersions)
    .values({ publicId, datasetId, exposure, number, licence, source, description, createdAt: dbNow });
  for (let start = 0; start < files.length; start += filesAtOnce) {
    const some = files.slice(start, start + filesAtOnce);
    await tx.insert(datasetFiles).values(some.map((file) => ({ ...file, versionId: made.insertId })));
  }
  return number;
}
