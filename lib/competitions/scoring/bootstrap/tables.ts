import { type ImageBoxes, rsnaScore } from "../boxes";
import { accuracy, labelFormulas, macroF1 } from "../labels";
import type { BinaryMetric, BoxMetric, EvaluationOf, MulticlassMetric } from "../manifest";
import { pick, pickAll, pickRows } from "../places";
import {
  argmax,
  brierTerms,
  logLossTerms,
  multiclassBrierTerms,
  multiclassLogLossTerms,
  type Table,
} from "../probabilities";
import { readClassProbabilities, readDetections, readLabels, readProbabilities } from "../submission";
import { cocoKeys, probabilityScale, type TableEvaluation, type Tables } from "../tasks";
import { type Cases, readImageCases, readLabelledCases } from "../truth";
import { byCoco } from "./coco";
import { byAveragePrecision, byConfusion, byMeanAuc, byMeanOfCases, byRocAuc } from "./metrics";
import type { ResampledMetric } from "./resample";

/** A submission that was read, and its primary metric on any of its cases. */
export interface Resampling {
  readonly cases: Pick<Cases, "splits">;
  /** Of a split, by the places of its cases in the truth. */
  metricAt(places: Int32Array): ResampledMetric;
}

type Read = Pick<Tables, "truth"> & { readonly submission: NonNullable<Tables["submission"]> };

/**
 * Reads a table for its primary metric's resamples.
 * @throws Rejection by the line or the case
 * @throws BrokenEvaluation
 */
export function tableResampling(evaluation: TableEvaluation, tables: Read): Promise<Resampling> {
  switch (evaluation.task) {
    case "labels":
      return ofLabels(evaluation, tables);
    case "binary_probability":
      return ofBinary(evaluation, tables);
    case "multiclass_probability":
      return ofMulticlass(evaluation, tables);
    case "boxes":
      return ofBoxes(evaluation, tables);
  }
}

async function ofLabels(
  { classes, primary }: EvaluationOf<"labels">,
  { truth, submission }: Read,
): Promise<Resampling> {
  const cases = await readLabelledCases(truth, classes);
  const labels = await readLabels(submission(), cases, classes);
  const formula = labelFormulas[primary.metric];
  return {
    cases,
    metricAt: (places) =>
      byConfusion(formula, pick(cases.labels, places), pick(labels, places), classes.length),
  };
}

async function ofBinary(
  evaluation: EvaluationOf<"binary_probability">,
  { truth, submission }: Read,
): Promise<Resampling> {
  const cases = await readLabelledCases(truth, evaluation.classes);
  const scores = await readProbabilities(submission(), cases, probabilityScale(evaluation.metrics));
  const metrics: Record<BinaryMetric, (isPositive: Float64Array, scores: Float64Array) => ResampledMetric> = {
    roc_auc: byRocAuc,
    average_precision: byAveragePrecision,
    log_loss: (isPositive, submitted) => byMeanOfCases(logLossTerms(isPositive, submitted)),
    brier: (isPositive, submitted) => byMeanOfCases(brierTerms(isPositive, submitted)),
  };
  const metric = metrics[evaluation.primary.metric];
  return { cases, metricAt: (places) => metric(pick(cases.labels, places), pick(scores, places)) };
}

async function ofMulticlass(
  { classes, primary }: EvaluationOf<"multiclass_probability">,
  { truth, submission }: Read,
): Promise<Resampling> {
  const cases = await readLabelledCases(truth, classes);
  const table = await readClassProbabilities(submission(), cases, classes);
  const metrics: Record<MulticlassMetric, (labels: Float64Array, table: Table) => ResampledMetric> = {
    roc_auc_ovr_macro: byMeanAuc,
    log_loss: (labels, rows) => byMeanOfCases(multiclassLogLossTerms(labels, rows)),
    brier_multiclass: (labels, rows) => byMeanOfCases(multiclassBrierTerms(labels, rows)),
    accuracy_argmax: (labels, rows) => byConfusion(accuracy, labels, argmax(rows), classes.length),
    macro_f1_argmax: (labels, rows) => byConfusion(macroF1, labels, argmax(rows), classes.length),
  };
  const metric = metrics[primary.metric];
  return { cases, metricAt: (places) => metric(pick(cases.labels, places), pickRows(table, places)) };
}

async function ofBoxes(
  { classes, primary }: EvaluationOf<"boxes">,
  { truth, submission }: Read,
): Promise<Resampling> {
  const cases = await readImageCases(truth, classes);
  const detections = await readDetections(submission(), cases, classes);
  const images = cases.boxes.map((boxes, place) => ({ truth: boxes, detections: detections[place] ?? [] }));
  return {
    cases,
    metricAt: (places) => boxMetric(primary.metric, pickAll(images, places), classes.length),
  };
}

function boxMetric(metric: BoxMetric, images: readonly ImageBoxes[], classes: number): ResampledMetric {
  if (metric !== "rsna_map" && metric !== "rsna_map_inclusive")
    return byCoco(images, classes, cocoKeys[metric]);
  return byMeanOfCases(images.map((image) => rsnaScore(image, metric === "rsna_map_inclusive")));
}
