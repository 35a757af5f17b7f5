import { createReadStream } from "node:fs";
import { join } from "node:path";
import { BrokenEvaluation, type Rejection } from "./errors";
import { DigestedFiles, digestOfAll } from "./files";
import { type Evaluation, type EvaluationOf, parseEvaluation } from "./manifest";
import { type MaskScoring, type MaskTruth, scoreMasks } from "./score-masks";
import { type CaseScore, type Explanation, type Metrics, type Split, splits, type TaskScores } from "./task";
import { scoreTable, type TableEvaluation } from "./tasks";
import { type OpenTruth, readCases, truthBoxes, truthImages, truthTable } from "./truth";

/** Raised with every change by which any submission's score could come out otherwise. */
export const scorerVersion = "1.1.0";

export interface ScoreOptions {
  /** Path of the `medforge/evaluation@1`. */
  readonly evaluation: string;
  /** Path of the truth's folder. */
  readonly truth: string;
  /** Path of the submitted file. */
  readonly submission: string;
  readonly explain?: boolean;
}

type PerSplit<T> = Readonly<Record<Split, T>>;

/** Everything there is to say about a scored submission, as JSON; the same bytes in, the same out. */
export interface ScoreReport {
  readonly splits: PerSplit<Readonly<Record<string, number | null>> | null>;
  readonly primary: PerSplit<number | null>;
  readonly rows: number;
  /** By id; empty where the metrics are no means over cases and nobody asked. */
  readonly cases: Readonly<Record<string, Readonly<Record<string, Split | CaseScore["values"][string]>>>>;
  /** Why a metric is null, where one is. */
  readonly undefined?: Readonly<Partial<Record<Split, Readonly<Record<string, string>>>>>;
  readonly explanation?: PerSplit<Explanation | null>;
  readonly scorer: string;
  /** SHA-256 in hex of what was scored, and by what; the truth's as `digestOfAll` has it. */
  readonly digests: { readonly evaluation: string; readonly truth: string; readonly submission: string };
}

/**
 * Scores a submission by files alone.
 * @throws Rejection by the line or the case, where it is the submission's fault
 * @throws BrokenEvaluation where evaluation or truth can score nothing
 */
export async function scoreFiles(options: ScoreOptions): Promise<ScoreReport> {
  const files = new DigestedFiles();
  const evaluation = parseEvaluation(await files.text(options.evaluation));
  const { scores, truth } =
    evaluation.task === "masks"
      ? await scoreMaskFiles(evaluation, options, files)
      : await scoreTableFiles(evaluation, options, files);
  return reportOf(evaluation, scores, scoredDigests(options, files, truth));
}

/** Of what was read. @param truth the files that the truth consists of, by their names in its folder */
export function scoredDigests(
  options: ScoreOptions,
  files: DigestedFiles,
  truth: readonly string[],
): ScoreReport["digests"] {
  return {
    evaluation: files.digest(options.evaluation),
    truth: digestOfAll(new Map(truth.map((name) => [name, files.digest(join(options.truth, name))]))),
    submission: files.digest(options.submission),
  };
}

interface Scored {
  readonly scores: TaskScores;
  /** The files that the truth consists of, by their names in its folder. */
  readonly truth: readonly string[];
}

async function scoreTableFiles(
  evaluation: TableEvaluation,
  options: ScoreOptions,
  files: DigestedFiles,
): Promise<Scored> {
  const scores = await scoreTable(evaluation, {
    truth: (name) => files.read(join(options.truth, name)),
    submission: () => files.read(options.submission),
    explain: options.explain ?? false,
  });
  return { scores, truth: truthFiles(evaluation) };
}

/** What the truth of a table consists of. */
export function truthFiles({ task }: TableEvaluation): string[] {
  return task === "boxes" ? [truthBoxes, truthImages] : [truthTable];
}

/** A mask's case has all its values with or without `explain`. */
async function scoreMaskFiles(
  evaluation: EvaluationOf<"masks">,
  options: ScoreOptions,
  files: DigestedFiles,
): Promise<Scored> {
  const { input, truth } = await maskInput(evaluation, options, files);
  const scores = await scoreMasks(input);
  await skimMasks(options, files, truth);
  return { scores, truth };
}

/** What masks are scored by, and the files that their truth consists of. @throws BrokenEvaluation by the line */
export async function maskInput(
  evaluation: EvaluationOf<"masks">,
  { truth, submission }: ScoreOptions,
  files: DigestedFiles,
): Promise<{ input: MaskScoring; truth: string[] }> {
  const volumes = await maskTruthIn(truth, (name) => files.read(join(truth, name)));
  const input = {
    labels: maskLabels(evaluation),
    nsdToleranceMm: evaluation.masks.nsdToleranceMm,
    metrics: evaluation.metrics,
    truth: volumes,
    submission,
  };
  return { input, truth: [truthTable, ...volumes.map(({ id }) => maskNameOf(id))] };
}

/** For the digests of the volumes, which are read as archives and streams. */
export async function skimMasks(
  options: ScoreOptions,
  files: DigestedFiles,
  [, ...volumes]: readonly string[],
): Promise<void> {
  await files.skim(options.submission);
  for (const name of volumes) await files.skim(join(options.truth, name));
}

/** Value to name, in the manifest's order. */
export function maskLabels({ masks }: EvaluationOf<"masks">): Map<number, string> {
  return new Map(Object.entries(masks.labels).map(([value, name]) => [Number(value), name]));
}

const maskNameOf = (id: string) => `truth/${id}.nii.gz`;

/** The volumes that a truth's folder lists. @throws BrokenEvaluation by the line, or for an id that names no file */
export async function maskTruthIn(folder: string, open: OpenTruth): Promise<MaskTruth[]> {
  const cases = await readCases(open);
  const unsafe = cases.ids.find((id) => /[/\\]|^\./.test(id));
  if (unsafe !== undefined) throw new BrokenEvaluation(`${truthTable}: “${unsafe}” can't be a file's name.`);
  return cases.ids.map((id, place) => ({
    id,
    split: cases.splits[place] ?? "public",
    open: () => createReadStream(join(folder, maskNameOf(id))),
  }));
}

function reportOf(
  { primary }: Evaluation,
  { splits: metrics, rows, cases, explanation }: TaskScores,
  digests: ScoreReport["digests"],
): ScoreReport {
  const primaryOf = (split: Split) => metrics[split]?.get(primary.metric)?.value ?? null;
  const reasons = reasonsOf(metrics);
  return {
    splits: { public: valuesOf(metrics.public), private: valuesOf(metrics.private) },
    primary: { public: primaryOf("public"), private: primaryOf("private") },
    rows,
    cases: Object.fromEntries(cases.map(({ id, split, values }) => [id, { split, ...values }])),
    ...(Object.keys(reasons).length > 0 ? { undefined: reasons } : {}),
    ...(explanation ? { explanation } : {}),
    scorer: scorerVersion,
    digests,
  };
}

function valuesOf(metrics: Metrics | null): Record<string, number | null> | null {
  return metrics && Object.fromEntries([...metrics].map(([name, { value }]) => [name, value]));
}

/** Of those metrics that are null. */
export function reasonsOf(metrics: PerSplit<Metrics | null>): NonNullable<ScoreReport["undefined"]> {
  const entries = splits.map((split) => {
    const reasons = [...(metrics[split] ?? [])].flatMap(([name, value]) =>
      value.value === null ? [[name, value.reason] as const] : [],
    );
    return [split, Object.fromEntries(reasons)] as const;
  });
  return Object.fromEntries(entries.filter(([, reasons]) => Object.keys(reasons).length > 0));
}

/** RFC 9457, as the API has it, with the rule and the place besides. */
export function rejectionProblem({ rule, where, message }: Rejection) {
  return {
    type: "urn:medforge:problem:submission_rejected" as const,
    title: "The submission is rejected",
    status: 422 as const,
    detail: message,
    rule,
    ...where,
  };
}
