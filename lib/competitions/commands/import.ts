import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { datasetFiles } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { expectedOf } from "../folder/checks";
import type { CompetitionFolder, EvaluationFolder } from "../folder/read";
import { type CompetitionStore, storeDataset, storeEvaluation, storePicture } from "../folder/store";
import type { ImportChange, ImportWishes } from "../import-model";
import { type AddEvaluationInput, createCompetitionInput, createDatasetVersionInput } from "../model";
import { type CompetitionRow, noCompetition } from "../queries/find";
import {
  changesBy,
  effectsOf,
  presentCompetition,
  unwidened,
  widens,
  wishesOf,
} from "../queries/import-changes";
import { addEvaluation, createCompetition } from "./competitions";
import { assertManages, type CommandContext } from "./context";
import { createDatasetVersion } from "./datasets";
import { putInForce } from "./force";
import { setPicture } from "./picture";

export interface Imported {
  /** Whether the competition is there since now. */
  readonly created: boolean;
  /** The evaluation of this content; its verdict comes from the worker. */
  readonly evaluation: `evl_${string}`;
  /** What is otherwise of a competition that was there, its settings as soon as the evaluation is in force. */
  readonly changed: readonly ImportChange[];
  /** What waits for an administrator's word; null where nothing does. */
  readonly waiting: ImportWishes | null;
}

/** What an administrator has allowed beforehand. */
export interface Consent {
  /** Of a published competition: that what differs takes force. */
  readonly replace?: boolean;
  /** That what is for those invited becomes everybody's, where the folder says so itself. */
  readonly widen?: boolean;
}

/**
 * Brings a competition's folder in: its files into the store, then data set, competition and evaluation. All of it can be
 * called again, and then changes what the folder itself says otherwise, and never back to a default: the same content is
 * the same evaluation, another truth or manifest is its next version. Nothing is published; texts, limits, picture and what is
 * said of the data take effect together with the evaluation, so that what is refused changes nothing. Of a published competition nothing changes
 * without `replace`: the evaluation is checked, and waits.
 * @throws AppError `forbidden`; `conflict` when a competition of that name rests on other data, which never changes
 */
export async function importCompetition(
  context: CommandContext,
  store: CompetitionStore,
  folder: CompetitionFolder,
  { replace = false, widen = false }: Consent = {},
): Promise<Imported> {
  assertManages(context);
  const { slug } = folder.competition;
  const present = await presentCompetition(context.db, slug);
  if (present === null) {
    await create(context, store, folder);
    const evaluation = await importEvaluation(context, store, slug, folder, { waits: !replace });
    return { created: true, evaluation, changed: [], waiting: null };
  }
  await assertSameData(context.db, present.competition, folder);
  const all = wishesOf(folder);
  if (folder.picture) await storePicture(store, folder.picture.file);
  if (present.competition.publishedAt !== null && !replace) {
    const evaluation = await importEvaluation(context, store, slug, folder, { waits: true });
    const differs = changesBy(present, all).length > 0 || evaluation !== present.current?.publicId;
    return { created: false, evaluation, changed: [], waiting: differs ? all : null };
  }
  const isLeft = !widen && widens(present, all);
  const wishes = isLeft ? unwidened(all) : all;
  const settings = effectsOf(present, wishes);
  const evaluation = await importEvaluation(context, store, slug, folder, { settings, waits: !replace });
  const waiting = isLeft ? { settings: { visibility: all.settings.visibility } } : null;
  return { created: false, evaluation, changed: changesBy(present, wishes), waiting };
}

async function create(
  context: CommandContext,
  store: CompetitionStore,
  folder: CompetitionFolder,
): Promise<void> {
  const { competition, description, rules, picture } = folder;
  const datasetVersionId = await storeDataset(store, folder);
  await addDataset(context, folder, datasetVersionId);
  const { slug, title, summary, visibility, limits, showsPublicTruth, opensAt, closesAt } = competition;
  const { daily: dailyLimit, total: totalLimit, uploadBytes: maxUploadBytes } = limits;
  const input = {
    ...{ slug, datasetVersionId, title, summary, description, rules, visibility, opensAt, closesAt },
    ...{ dailyLimit, totalLimit, maxUploadBytes, showsPublicTruth },
  };
  await createCompetition(context, createCompetitionInput.parse(input));
  if (!picture) return;
  await storePicture(store, picture.file);
  await setPicture(context, slug, { sha256: picture.file.sha256, type: picture.type });
}

/**
 * Puts in force what an import has brought in and what waits since then for an administrator's word.
 * @param widen lets everybody see what is for those invited, where the folder says so
 * @throws AppError `forbidden`, `not_found`, `conflict` where the evaluation was refused
 */
export async function applyWaiting(
  context: CommandContext,
  { slug, evaluation, wishes: all }: { slug: string; evaluation: string; wishes: ImportWishes },
  { widen }: { readonly widen: boolean },
): Promise<void> {
  assertManages(context);
  const present = await presentCompetition(context.db, slug);
  if (present === null) throw noCompetition(slug);
  const wishes = !widen && widens(present, all) ? unwidened(all) : all;
  await putInForce(context, { slug, evaluation, settings: effectsOf(present, wishes) });
}

/**
 * Puts what scores into the store and makes it the newest version of a competition's evaluation, to be checked; the same
 * content again changes nothing.
 * @param settings take effect together with it
 * @param waits whether it takes force on a published competition only when an administrator says so
 * @throws AppError as `addEvaluation`
 */
export async function importEvaluation(
  context: CommandContext,
  store: CompetitionStore,
  slug: string,
  folder: EvaluationFolder,
  { settings, waits }: Pick<AddEvaluationInput, "settings" | "waits">,
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
    waits,
  });
  return id;
}

/** @throws AppError `conflict` */
async function assertSameData(
  db: Db,
  row: CompetitionRow,
  { competition, data }: CompetitionFolder,
): Promise<void> {
  const files = await db
    .select({ name: datasetFiles.name, sha256: datasetFiles.sha256 })
    .from(datasetFiles)
    .where(eq(datasetFiles.versionId, row.datasetVersionId));
  const known = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const isSame = known.size === data.length && data.every(({ name, sha256 }) => known.get(name) === sha256);
  if (isSame && row.exposure === competition.exposure) return;
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

async function textOf({ evaluationFile }: EvaluationFolder): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of evaluationFile.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
