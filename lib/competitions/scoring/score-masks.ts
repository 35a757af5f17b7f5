import { isMissing } from "@/lib/kernel/missing";
import { BrokenEvaluation, byId, Rejection } from "./errors";
import { LabelRoom } from "./label-array";
import { openMaskArchive } from "./mask-archive";
import { type MaskVolume, readMask } from "./mask-volume";
import { type LabelScore, nsdName, scoreLabels } from "./masks";
import type { CaseScore, Metrics, MetricValue, Split, TaskScores } from "./task";

export interface MaskTruth {
  readonly id: string;
  readonly split: Split;
  /** The volume's file from its beginning, `.nii` or `.nii.gz`, such as `createReadStream(path)`. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface MaskScoring {
  /** Value to name, in the manifest's order. */
  readonly labels: ReadonlyMap<number, string>;
  /** The first is what `mean_nsd` means. */
  readonly nsdToleranceMm: readonly number[];
  /** Names such as `mean_dice`, in the order in which they are wanted. */
  readonly metrics: readonly string[];
  /** In the order of truth.csv. */
  readonly truth: readonly MaskTruth[];
  /** Path of the zip. */
  readonly submission: string;
}

/** A case's scores, one for each label. */
export interface ScoredCase {
  readonly id: string;
  readonly split: Split;
  readonly labels: readonly LabelScore[];
}

/**
 * Scores a zip of masks: every value for each case and label, and the means that were asked for over all (case, label)
 * pairs of a split, equally weighted and summed in the order of the truth and of the labels. Pairs empty in both
 * volumes are left out; a mean over no pair is undefined.
 *
 * A case's values are nested by the label's number as text: `{ "1": { dice: 0.9, hd_mm: 3.2, … }, "2": … }`.
 * One case is held in memory at a time: 2 bytes a voxel (4 with more than 255 labels), and 10 to 36 a voxel of the
 * largest label's box, the more of them lie on a surface.
 *
 * @throws Rejection of the submission, the first in the order of the ids, after those of the zip's contents;
 *   BrokenEvaluation where a truth can't be read or a metric is none of this task's; an error of the file system as it
 *   is.
 */
export async function scoreMasks(input: MaskScoring): Promise<TaskScores> {
  const keys = new Map(input.metrics.map((name) => [name, maskValueName(name, input.nsdToleranceMm)]));
  const scored = await scoreCases(input);
  return {
    splits: {
      public: metricsOf("public", scored, keys),
      private: metricsOf("private", scored, keys),
    },
    rows: scored.length,
    cases: scored.map((one) => caseScore(one, [...input.labels.keys()])),
  };
}

/** Each case with its labels' values, in the order of the truth; throws as `scoreMasks` does. */
export async function scoreCases(input: MaskScoring): Promise<ScoredCase[]> {
  const archive = await openMaskArchive(
    input.submission,
    input.truth.map(({ id }) => id),
  );
  const scored = new Map<string, ScoredCase>();
  try {
    const rooms = { truth: new LabelRoom(), prediction: new LabelRoom() };
    // As in `firstId`: the first that is wrong ends it, and must not tell how the truth's rows lie.
    for (const truth of input.truth.toSorted((a, b) => byId(a.id, b.id)))
      scored.set(truth.id, await scoreCase(input, truth, archive.read(truth.id), rooms));
  } finally {
    await archive.close();
  }
  return input.truth.flatMap(({ id }) => scored.get(id) ?? []);
}

/** What any two masks of a case take to be scored: so much a voxel, whatever is drawn in them, and Node itself. */
const memoryNeed = { bytesPerVoxel: 40, besideMb: 100 } as const;

/** @throws BrokenEvaluation where a submission to a case of so many voxels could run out of memory */
function judgeMemory(voxels: number, id: string, memoryMb: number): void {
  const needMb = Math.ceil((voxels * memoryNeed.bytesPerVoxel) / 2 ** 20) + memoryNeed.besideMb;
  if (needMb <= memoryMb) return;
  throw new BrokenEvaluation(
    `The case "${id}" has ${voxels} voxels, to score which may take ${needMb} MiB; a job gets ${memoryMb} MiB ` +
      `(MEDFORGE_SCORER_MEMORY_MB).`,
  );
}

/**
 * Why the truth, whose volumes are all read and judged, leaves metrics undefined, by split and metric: where every label
 * is empty in all cases of a split, a mean is over nothing.
 * @param memoryMb that a submission's job may hold, in MiB
 * @throws BrokenEvaluation where a volume can't be read, or is too large for such a job
 */
export async function undefinedByTruth({
  labels,
  metrics,
  truth,
  memoryMb = Number.POSITIVE_INFINITY,
}: Pick<MaskScoring, "labels" | "metrics" | "truth"> & { readonly memoryMb?: number }): Promise<
  Partial<Record<Split, Record<string, string>>>
> {
  const isEmpty = new Map<Split, boolean>();
  const room = new LabelRoom();
  for (const { id, split, open } of truth) {
    const volume = await readTruth(open, id, [...labels.keys()], room);
    judgeMemory(volume.labels.length, id, memoryMb);
    isEmpty.set(split, (isEmpty.get(split) ?? true) && volume.labels.every((label) => label === 0));
  }
  const reasons = Object.fromEntries(metrics.map((metric) => [metric, "No case has a voxel of any label."]));
  return Object.fromEntries([...isEmpty].filter(([, empty]) => empty).map(([split]) => [split, reasons]));
}

const meanKeys: ReadonlySet<string> = new Set([
  "dice",
  "jaccard",
  "hd95_mm",
  "hd_mm",
  "assd_mm",
  "masd_mm",
  "volume_similarity",
]);

/** Which of a label's values `mean_…` is the mean of. @throws BrokenEvaluation where there is none */
export function maskValueName(name: string, tolerancesMm: readonly number[]): string {
  const key = name.startsWith("mean_") ? name.slice("mean_".length) : "";
  const [first] = tolerancesMm;
  if (key === "nsd" && first !== undefined) return nsdName(first);
  if (meanKeys.has(key) || tolerancesMm.some((tau) => nsdName(tau) === key)) return key;
  throw new BrokenEvaluation(`"${name}" is no metric of masks with these tolerances.`);
}

async function scoreCase(
  { labels, nsdToleranceMm }: MaskScoring,
  { id, split, open }: MaskTruth,
  submitted: AsyncIterable<Uint8Array>,
  rooms: { truth: LabelRoom; prediction: LabelRoom },
): Promise<ScoredCase> {
  const declared = [...labels.keys()];
  const truth = await readTruth(open, id, declared, rooms.truth);
  const prediction = await readMask(submitted, id, declared, rooms.prediction, truth.geometry);
  return {
    id,
    split,
    labels: scoreLabels(truth.labels, prediction.labels, truth.geometry, declared.length, nsdToleranceMm),
  };
}

async function readTruth(
  open: MaskTruth["open"],
  id: string,
  declared: readonly number[],
  room: LabelRoom,
): Promise<MaskVolume> {
  try {
    return await readMask(open(), id, declared, room);
  } catch (error) {
    if (isMissing(error))
      throw new BrokenEvaluation(`The truth of the case "${id}" is missing.`, { cause: error });
    if (!(error instanceof Rejection)) throw error;
    throw new BrokenEvaluation(`The truth of the case "${id}": ${error.message} (${error.rule})`);
  }
}

function metricsOf(
  split: Split,
  scored: readonly ScoredCase[],
  keys: ReadonlyMap<string, string>,
): Metrics | null {
  const ofSplit = scored.filter((one) => one.split === split);
  if (ofSplit.length === 0) return null;
  const pairs = ofSplit.flatMap(({ labels }) => labels).filter(({ bothEmpty }) => !bothEmpty);
  return new Map([...keys].map(([name, key]) => [name, meanOf(pairs, key)]));
}

function meanOf(pairs: readonly LabelScore[], key: string): MetricValue {
  if (pairs.length === 0)
    return { value: null, reason: "Every label is empty in truth and prediction in all cases." };
  return { value: pairs.reduce((sum, { values }) => sum + (values[key] ?? 0), 0) / pairs.length };
}

function caseScore({ id, split, labels }: ScoredCase, declared: readonly number[]): CaseScore {
  return {
    id,
    split,
    values: Object.fromEntries(labels.map(({ values }, index) => [String(declared[index]), values])),
  };
}
