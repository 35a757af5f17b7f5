import { join } from "node:path";
import { BrokenEvaluation } from "./errors";
import { DigestedFiles } from "./files";
import { parseEvaluation } from "./manifest";
import { maskLabels, maskTruthIn, reasonsOf, type ScoreOptions, type ScoreReport } from "./score";
import { undefinedByTruth } from "./score-masks";
import { splits } from "./task";
import { scoreTable } from "./tasks";

/**
 * Judges what a competition is to be scored by, before anybody submits: the manifest, every file of the truth, and that
 * no metric is undefined on a split that exists, whatever is submitted. The last is asked of the truth itself: what is
 * undefined for all that is right was left so by the truth.
 * @param options.memoryMb that a submission's job may hold, in MiB; without it no truth is too large
 * @throws BrokenEvaluation that names each metric with its split and the reason
 */
export async function checkEvaluation(
  options: Pick<ScoreOptions, "evaluation" | "truth"> & { readonly memoryMb?: number },
): Promise<void> {
  const files = new DigestedFiles();
  const evaluation = parseEvaluation(await files.text(options.evaluation));
  const open = (name: string) => files.read(join(options.truth, name));
  if (evaluation.task === "masks")
    return refuse(
      await undefinedByTruth({
        labels: maskLabels(evaluation),
        metrics: evaluation.metrics,
        truth: await maskTruthIn(options.truth, open),
        ...(options.memoryMb === undefined ? {} : { memoryMb: options.memoryMb }),
      }),
    );
  const { splits: metrics } = await scoreTable(evaluation, { truth: open, submission: null, explain: false });
  refuse(reasonsOf(metrics));
}

function refuse(undefinedMetrics: NonNullable<ScoreReport["undefined"]>): void {
  const sentences = splits.flatMap((split) =>
    Object.entries(undefinedMetrics[split] ?? {}).map(
      ([metric, reason]) => `${metric} is undefined on the ${split} split: ${reason}`,
    ),
  );
  if (sentences.length > 0) throw new BrokenEvaluation(sentences.join(" "));
}
