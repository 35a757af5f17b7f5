import { type CocoScore, cocoMean, cocoPerClass, type ImageBoxes, rsnaScore } from "./boxes";
import { curvePerClass, mostCurves, type RankingCurve, rankingCurve } from "./curves";
import { accuracy, confusionMatrix, confusionOf, f1PerClass, labelFormulas, macroF1 } from "./labels";
import type { BinaryMetric, BoxMetric, Evaluation, EvaluationOf, MulticlassMetric } from "./manifest";
import { sum } from "./numbers";
import { pick, pickAll, pickRows, placesIn } from "./places";
import {
  argmax,
  aucPerClass,
  averagePrecision,
  brierTerms,
  logLossTerms,
  multiclassBrierTerms,
  multiclassLogLossTerms,
  rocAuc,
  type Table,
} from "./probabilities";
import { readClassProbabilities, readDetections, readLabels, readProbabilities } from "./submission";
import type { CaseScore, Explanation, Metrics, MetricValue, Split, TaskScores } from "./task";
import { type Cases, type OpenTruth, readImageCases, readLabelledCases } from "./truth";

/** What a submission of tables is scored by. Each is opened at most once and read to its end, unless it is refused. */
export interface Tables {
  readonly truth: OpenTruth;
  /** Null: scored is what is all right, the truth itself. */
  readonly submission: (() => AsyncIterable<Uint8Array>) | null;
  /** Whether to tell what the scores are made of, too. */
  readonly explain: boolean;
}

/** The tasks whose submission is one table. */
export type TableEvaluation = Exclude<Evaluation, { task: "masks" }>;

/**
 * Scores a table.
 * @throws Rejection by the line or the case
 * @throws BrokenEvaluation
 */
export function scoreTable(evaluation: TableEvaluation, tables: Tables): Promise<TaskScores> {
  switch (evaluation.task) {
    case "labels":
      return scoreLabels(evaluation, tables);
    case "binary_probability":
      return scoreBinary(evaluation, tables);
    case "multiclass_probability":
      return scoreMulticlass(evaluation, tables);
    case "boxes":
      return scoreBoxes(evaluation, tables);
  }
}

async function scoreLabels(
  { classes, metrics }: EvaluationOf<"labels">,
  tables: Tables,
): Promise<TaskScores> {
  const cases = await readLabelledCases(tables.truth, classes);
  const labels = tables.submission ? await readLabels(tables.submission(), cases, classes) : cases.labels;
  return taskScores(tables, cases, cases.ids.length, {
    score(places) {
      const confusion = confusionOf(pick(cases.labels, places), pick(labels, places), classes.length);
      return {
        metrics: new Map(metrics.map((metric) => [metric, { value: labelFormulas[metric](confusion) }])),
        explain: () => ({
          perClass: perClass(classes, { rows: confusion.support, f1: f1PerClass(confusion) }),
          confusion: confusionMatrix(confusion),
        }),
      };
    },
    values: tables.explain ? (place) => ({ accuracy: cases.labels[place] === labels[place] ? 1 : 0 }) : null,
  });
}

/** Of binary tasks; any other metric needs probabilities. */
const ranking: ReadonlySet<BinaryMetric> = new Set(["roc_auc", "average_precision"]);

/** Whether a submission's numbers have to be probabilities, or may be any where all metrics only rank. */
export function probabilityScale(metrics: readonly BinaryMetric[]): "any" | "probabilities" {
  return metrics.every((metric) => ranking.has(metric)) ? "any" : "probabilities";
}

async function scoreBinary(
  { classes, metrics }: EvaluationOf<"binary_probability">,
  tables: Tables,
): Promise<TaskScores> {
  const cases = await readLabelledCases(tables.truth, classes);
  const scores = tables.submission
    ? await readProbabilities(tables.submission(), cases, probabilityScale(metrics))
    : Float64Array.from(cases.labels);
  const terms = { log_loss: logLossTerms(cases.labels, scores), brier: brierTerms(cases.labels, scores) };
  return taskScores(tables, cases, cases.ids.length, {
    score(places) {
      const [truth, submitted] = [pick(cases.labels, places), pick(scores, places)];
      const formulas: Record<BinaryMetric, () => MetricValue> = {
        roc_auc: () => valueOr(rocAuc(truth, submitted), "The truth has one class only."),
        average_precision: () =>
          valueOr(averagePrecision(truth, submitted), `The truth has no “${classes[1]}”.`),
        log_loss: () => meanOf(pick(terms.log_loss, places)),
        brier: () => meanOf(pick(terms.brier, places)),
      };
      return {
        metrics: new Map(metrics.map((metric) => [metric, formulas[metric]()])),
        explain: () => ({
          perClass: perClass(classes, { rows: supportOf(truth, 2) }),
          confusion: null,
          // Of the second class: it is what the probability is of.
          curves: curvesOf(classes, [null, rankingCurve(truth, submitted)]),
        }),
      };
    },
    values: tables.explain ? valuesAt(terms, metrics) : null,
  });
}

async function scoreMulticlass(
  { classes, metrics }: EvaluationOf<"multiclass_probability">,
  tables: Tables,
): Promise<TaskScores> {
  const cases = await readLabelledCases(tables.truth, classes);
  const table = tables.submission
    ? await readClassProbabilities(tables.submission(), cases, classes)
    : certain(cases.labels, classes.length);
  const labels = argmax(table);
  const terms = {
    log_loss: multiclassLogLossTerms(cases.labels, table),
    brier_multiclass: multiclassBrierTerms(cases.labels, table),
    accuracy_argmax: labels.map((label, place) => (label === cases.labels[place] ? 1 : 0)),
  };
  return taskScores(tables, cases, cases.ids.length, {
    score(places) {
      const truth = pick(cases.labels, places);
      const confusion = confusionOf(truth, pick(labels, places), classes.length);
      // A sort for each class: not for those who ask for a loss alone.
      const wantsAuc = tables.explain || metrics.includes("roc_auc_ovr_macro");
      const aucs = wantsAuc ? aucPerClass(truth, pickRows(table, places)) : [];
      const formulas: Record<MulticlassMetric, () => MetricValue> = {
        roc_auc_ovr_macro: () => meanAuc(aucs, classes),
        log_loss: () => meanOf(pick(terms.log_loss, places)),
        brier_multiclass: () => meanOf(pick(terms.brier_multiclass, places)),
        accuracy_argmax: () => ({ value: accuracy(confusion) }),
        macro_f1_argmax: () => ({ value: macroF1(confusion) }),
      };
      return {
        metrics: new Map(metrics.map((metric) => [metric, formulas[metric]()])),
        explain: () => ({
          perClass: perClass(classes, {
            rows: confusion.support,
            roc_auc: aucs,
            f1_argmax: f1PerClass(confusion),
          }),
          confusion: confusionMatrix(confusion),
          curves:
            classes.length > mostCurves
              ? {}
              : curvesOf(classes, curvePerClass(truth, pickRows(table, places))),
        }),
      };
    },
    values: tables.explain ? valuesAt(terms, metrics) : null,
  });
}

export const cocoKeys = { coco_ap: "ap", coco_ap50: "ap50", coco_ap75: "ap75", coco_ar100: "ar100" } as const;

async function scoreBoxes({ classes, metrics }: EvaluationOf<"boxes">, tables: Tables): Promise<TaskScores> {
  const cases = await readImageCases(tables.truth, classes);
  const detections = tables.submission
    ? await readDetections(tables.submission(), cases, classes)
    : cases.boxes.map((boxes) => boxes.map((box) => ({ ...box, confidence: 1 })));
  const images = cases.boxes.map((truth, place) => ({ truth, detections: detections[place] ?? [] }));
  const perImage = perImageScores(images, metrics);
  return taskScores(tables, cases, sum(detections.map((those) => those.length)), {
    score(places) {
      const wantsCoco = tables.explain || metrics.some((metric) => metric in cocoKeys);
      const coco = wantsCoco ? cocoPerClass(pickAll(images, places), classes.length) : [];
      const mean = cocoMean(coco);
      const valueFor = (metric: BoxMetric): MetricValue => {
        if (metric === "rsna_map" || metric === "rsna_map_inclusive")
          return meanOfImages(pickAll(perImage[metric], places));
        return valueOr(mean?.[cocoKeys[metric]] ?? null, "The truth has no boxes.");
      };
      return {
        metrics: new Map(metrics.map((metric) => [metric, valueFor(metric)])),
        explain: () => ({ perClass: cocoTable(classes, coco), confusion: null }),
      };
    },
    values: metrics.some((metric) => metric in perImage) ? valuesAt(perImage, metrics) : null,
  });
}

function perImageScores(images: readonly ImageBoxes[], metrics: readonly BoxMetric[]) {
  const scores = (metric: BoxMetric, inclusive: boolean) =>
    metrics.includes(metric) ? images.map((image) => rsnaScore(image, inclusive)) : [];
  return {
    rsna_map: scores("rsna_map", false),
    rsna_map_inclusive: scores("rsna_map_inclusive", true),
  };
}

/** Of those images that have truth or detections. */
function meanOfImages(scores: readonly (number | null)[]): MetricValue {
  const counted = scores.filter((score) => score !== null);
  if (counted.length === 0) return { value: null, reason: "No image has a box, in truth or submission." };
  return meanOf(counted);
}

/** The plain mean of all classes' AUCs; one that has none leaves the mean without. */
function meanAuc(aucs: readonly (number | null)[], classes: readonly string[]): MetricValue {
  const known = aucs.filter((auc) => auc !== null);
  if (known.length === aucs.length) return meanOf(known);
  const name = classes[aucs.indexOf(null)];
  return { value: null, reason: `Of “${name}” and the other classes, the truth has only one side.` };
}

function meanOf(values: ArrayLike<number>): MetricValue {
  return { value: sum(values) / values.length };
}

function valueOr(value: number | null, reason: string): MetricValue {
  return value === null ? { value, reason } : { value };
}

/** How a task scores the places of one split. */
interface Formulas {
  score(places: Int32Array): { metrics: Metrics; explain(): Explanation };
  /** What one case contributed; null where nobody asked, or the metrics are no means over cases. */
  readonly values: ((place: number) => CaseScore["values"]) | null;
}

function taskScores(
  { explain }: Tables,
  cases: Cases,
  rows: number,
  { score, values }: Formulas,
): TaskScores {
  const scored = bySplit((split) => {
    const places = placesIn(cases, split);
    return places.length === 0 ? null : score(places);
  });
  return {
    splits: bySplit((split) => scored[split]?.metrics ?? null),
    rows,
    cases:
      values === null
        ? []
        : cases.ids.map((id, place) => ({
            id,
            split: cases.splits[place] ?? "public",
            values: values(place),
          })),
    ...(explain ? { explanation: bySplit((split) => scored[split]?.explain() ?? null) } : {}),
  };
}

function bySplit<T>(make: (split: Split) => T): Record<Split, T> {
  return { public: make("public"), private: make("private") };
}

/** Probability 1 of each row's class. */
function certain(labels: Int32Array, classes: number): Table {
  const cells = new Float64Array(labels.length * classes);
  for (const [row, label] of labels.entries()) cells[row * classes + label] = 1;
  return { classes, cells };
}

function supportOf(truth: ArrayLike<number>, classes: number): Float64Array {
  return confusionOf(truth, truth, classes).support;
}

/** By class; `columns` holds each value in the classes' order. */
function perClass(
  classes: readonly string[],
  columns: Readonly<Record<string, ArrayLike<number | null>>>,
): Explanation["perClass"] {
  const rowOf = (place: number) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[place] ?? null]));
  return Object.fromEntries(classes.map((name, place) => [name, rowOf(place)]));
}

/** By class, of those that have one. */
function curvesOf(
  classes: readonly string[],
  curves: readonly (RankingCurve | null)[],
): Readonly<Record<string, RankingCurve>> {
  return Object.fromEntries(
    classes.flatMap((name, place) => {
      const curve = curves[place] ?? null;
      return curve === null ? [] : [[name, curve]];
    }),
  );
}

function cocoTable(classes: readonly string[], coco: readonly (CocoScore | null)[]): Explanation["perClass"] {
  const column = (key: keyof CocoScore) => coco.map((score) => score?.[key] ?? null);
  return perClass(classes, {
    coco_ap: column("ap"),
    coco_ap50: column("ap50"),
    coco_ap75: column("ap75"),
    coco_ar100: column("ar100"),
  });
}

/** Of those metrics that are means over cases, each case's value. */
function valuesAt(
  columns: Readonly<Record<string, ArrayLike<number | null>>>,
  metrics: readonly string[],
): (place: number) => CaseScore["values"] {
  const asked = Object.entries(columns).filter(([metric]) => metrics.includes(metric));
  return (place) => Object.fromEntries(asked.map(([metric, values]) => [metric, values[place] ?? null]));
}
