import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { competitions, datasetFiles } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { expectedOf } from "../folder/checks";
import type { CompetitionFolder, EvaluationFolder } from "../folder/read";
import { type CompetitionStore, storeDataset, storeEvaluation, storePicture } from "../folder/store";
import {
  type AddEvaluationInput,
  competitionSettings,
  createCompetitionInput,
  createDatasetVersionInput,
} from "../model";
import { addEvaluation, createCompetition } from "./competitions";
import { assertManages, type CommandContext } from "./context";
import { createDatasetVersion } from "./datasets";
import { setPicture } from "./picture";

export interface Imported {
  /** Whether the competition is there since now. */
  readonly created: boolean;
  /** The evaluation of this content; its verdict comes from the worker. */
  readonly evaluation: `evl_${string}`;
}

/**
 * Brings a competition's folder in: its files into the store, then data set, competition and evaluation. All of it can be
 * called again, and then changes what the folder says otherwise: the same content is the same evaluation, another truth
 * or manifest is its next version. Nothing is published; texts and limits take effect together with the evaluation, so
 * that what is refused changes nothing.
 * @throws AppError `forbidden`; `conflict` when a competition of that name rests on other data, which never changes
 */
export async function importCompetition(
  context: CommandContext,
  store: CompetitionStore,
  folder: CompetitionFolder,
): Promise<Imported> {
  assertManages(context);
  const { slug } = folder.competition;
  const isThere = await restsOnSameData(context.db, folder);
  const datasetVersionId = await storeDataset(store, folder);
  await addDataset(context, folder, datasetVersionId);
  const settings = settingsOf(folder);
  if (!isThere)
    await createCompetition(context, createCompetitionInput.parse({ ...settings, slug, datasetVersionId }));
  await addPicture(context, store, folder);
  const evaluation = await importEvaluation(
    context,
    store,
    slug,
    folder,
    competitionSettings.parse(settings),
  );
  return { created: !isThere, evaluation };
}

/**
 * Puts what scores into the store and makes it the newest version of a competition's evaluation, to be checked; the same
 * content again changes nothing.
 * @param settings take effect together with it
 * @throws AppError as `addEvaluation`
 */
export async function importEvaluation(
  context: CommandContext,
  store: CompetitionStore,
  slug: string,
  folder: EvaluationFolder,
  settings?: AddEvaluationInput["settings"],
): Promise<`evl_${string}`> {
  assertManages(context);
  const id = await storeEvaluation(store, { ...folder, competition: { slug } });
  await addEvaluation(context, {
    id,
    slug,
    manifest: await textOf(folder),
    truthDigest: folder.truthDigest,
    sampleDigest: folder.sample.sha256,
    sampleFilename: folder.sample.name,
    expected: expectedOf(folder.checks),
    settings,
  });
  return id;
}

async function addPicture(
  context: CommandContext,
  store: CompetitionStore,
  { competition, picture }: CompetitionFolder,
): Promise<void> {
  if (picture) await storePicture(store, picture.file);
  const shown = picture ? { sha256: picture.file.sha256, type: picture.type } : null;
  await setPicture(context, competition.slug, shown);
}

/** False when there is no competition of that name. @throws AppError `conflict` */
async function restsOnSameData(db: Db, { competition, data }: CompetitionFolder): Promise<boolean> {
  const [row] = await db
    .select({ versionId: competitions.datasetVersionId, exposure: competitions.exposure })
    .from(competitions)
    .where(eq(competitions.slug, competition.slug));
  if (!row) return false;
  const files = await db
    .select({ name: datasetFiles.name, sha256: datasetFiles.sha256 })
    .from(datasetFiles)
    .where(eq(datasetFiles.versionId, row.versionId));
  const known = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const isSame = known.size === data.length && data.every(({ name, sha256 }) => known.get(name) === sha256);
  if (isSame && row.exposure === competition.exposure) return true;
  const what = isSame ? `is ${row.exposure}` : "rests on other data";
  const message = `There is a competition ${competition.slug} already, and it ${what}, for good. Choose another slug.`;
  throw new AppError("conflict", message, { conflict: "taken", fields: { slug: message } });
}

async function addDataset(context: CommandContext, folder: CompetitionFolder, id: string): Promise<void> {
  const { slug, title, exposure, licence, source } = folder.competition;
  const files = folder.data.map(({ name, size, sha256 }) => ({ name, bytes: size, sha256 }));
  const version = { id, slug, title, exposure, licence, source, description: folder.description, files };
  await createDatasetVersion(context, createDatasetVersionInput.parse(version));
}

function settingsOf({ competition, description, rules }: CompetitionFolder) {
  const { title, summary, visibility, limits, showsPublicTruth, opensAt, closesAt } = competition;
  const { daily, total, uploadBytes } = limits;
  return {
    ...{ title, summary, description, rules, visibility, opensAt, closesAt },
    ...{ dailyLimit: daily, totalLimit: total, maxUploadBytes: uploadBytes, showsPublicTruth },
  };
}

async function textOf({ evaluationFile }: EvaluationFolder): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of evaluationFile.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
