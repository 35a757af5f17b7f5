import { join } from "node:path";
import { DigestedFiles } from "../files";
import { type EvaluationOf, parseEvaluation } from "../manifest";
import { placesIn } from "../places";
import {
  maskInput,
  type ScoreOptions,
  type ScoreReport,
  scoredDigests,
  scorerVersion,
  skimMasks,
  truthFiles,
} from "../score";
import { maskValueName, scoreCases } from "../score-masks";
import type { Split } from "../task";
import { byMean } from "./metrics";
import { bootstrap, drawnBy, type Replicates } from "./resample";
import { type Resampling, tableResampling } from "./tables";

/** The primary metric's bootstrap on each split that the truth has. */
export interface BootstrapReport {
  readonly splits: Readonly<Record<Split, Replicates | null>>;
  readonly scorer: string;
  readonly digests: ScoreReport["digests"];
}

/**
 * Bootstraps the primary metric of a submission that can be scored. The resamples are drawn by the evaluation's digest and
 * the split: so they are the same cases for all submissions, and the same for ever. Nothing of the truth draws them, or
 * who guesses at a hidden split's labels could see by the public one's intervals whether the guess is right.
 * @throws Rejection by the line or the case, where it is the submission's fault
 * @throws BrokenEvaluation where evaluation or truth can score nothing
 */
export async function bootstrapFiles(options: Omit<ScoreOptions, "explain">): Promise<BootstrapReport> {
  const files = new DigestedFiles();
  const evaluation = parseEvaluation(await files.text(options.evaluation));
  const [resampling, truth] =
    evaluation.task === "masks"
      ? await maskResampling(evaluation, options, files)
      : ([
          await tableResampling(evaluation, {
            truth: (name) => files.read(join(options.truth, name)),
            submission: () => files.read(options.submission),
          }),
          truthFiles(evaluation),
        ] as const);
  const digests = scoredDigests(options, files, truth);
  const ofSplit = (split: Split) => {
    const places = placesIn(resampling.cases, split);
    if (places.length === 0) return null;
    return bootstrap(resampling.metricAt(places), places.length, seedOf(digests.evaluation, split));
  };
  return {
    splits: { public: ofSplit("public"), private: ofSplit("private") },
    scorer: scorerVersion,
    digests,
  };
}

function seedOf(evaluation: string, split: Split): string {
  return [drawnBy, evaluation, split].join("\n");
}

/** Cases are volumes; each counts with as many values as it has labels in truth or prediction. */
async function maskResampling(
  evaluation: EvaluationOf<"masks">,
  options: ScoreOptions,
  files: DigestedFiles,
): Promise<readonly [Resampling, readonly string[]]> {
  const { input, truth } = await maskInput(evaluation, options, files);
  const scored = await scoreCases(input);
  await skimMasks(options, files, truth);
  const key = maskValueName(evaluation.primary.metric, input.nsdToleranceMm);
  const resampling: Resampling = {
    cases: { splits: scored.map(({ split }) => split) },
    metricAt(places) {
      const pairs = Array.from(places).flatMap((place, index) =>
        (scored[place]?.labels ?? [])
          .filter(({ bothEmpty }) => !bothEmpty)
          .map(({ values }) => ({ index, value: values[key] ?? 0 })),
      );
      return byMean(
        Float64Array.from(pairs, ({ value }) => value),
        Int32Array.from(pairs, ({ index }) => index),
      );
    },
  };
  return [resampling, truth];
}
