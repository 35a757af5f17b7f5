import type { CompetitionView, Ranking } from "@/lib/competitions/model";

export interface MetricWords {
  readonly label: string;
  /** What a better value is. */
  readonly direction: Ranking["direction"];
  /** The formula in one line. */
  readonly formula: string;
  /** The same in words, with what is done at the edges. */
  readonly words: string;
  /** Which values there can be. */
  readonly range: string;
}

const unit = "0 to 1";
const correlation = "−1 to 1";
const open = "0 and up";
const millimetres = "0 mm and up";

const surface =
  "Surface voxels are those of the mask with a neighbour outside it; distances go from centre to centre.";
const emptyDistance =
  "A label that is in one of the two only counts as far as the image's diagonal; one that is in neither is left out.";
const emptyOverlap =
  "A label that is in one of the two only counts 0; one that is in neither is left out of the mean.";

const known: Readonly<Record<string, MetricWords>> = {
  accuracy: {
    label: "Accuracy",
    direction: "max",
    formula: "right ÷ all",
    words: "The share of cases whose predicted class is the true one.",
    range: unit,
  },
  balanced_accuracy: {
    label: "Balanced accuracy",
    direction: "max",
    formula: "mean over classes of TP ÷ support",
    words: "The share of right predictions within each true class, averaged over the classes that occur.",
    range: unit,
  },
  macro_f1: {
    label: "Macro F1",
    direction: "max",
    formula: "mean over classes of 2·TP ÷ (true + predicted)",
    words: "F1 of each class, all classes equal; a class that was only predicted counts 0.",
    range: unit,
  },
  weighted_f1: {
    label: "Weighted F1",
    direction: "max",
    formula: "Σ support·F1 ÷ all",
    words: "F1 of each class, weighted by how many cases truly are of it.",
    range: unit,
  },
  mcc: {
    label: "Matthews correlation",
    direction: "max",
    formula: "cov(truth, prediction) ÷ (σ truth · σ prediction)",
    words:
      "Correlation between true and predicted class over the whole confusion matrix; 0 where it says nothing.",
    range: correlation,
  },
  cohen_kappa: {
    label: "Cohen's kappa",
    direction: "max",
    formula: "1 − observed ÷ expected disagreement",
    words: "Agreement beyond what chance alone would give.",
    range: correlation,
  },
  quadratic_weighted_kappa: {
    label: "Quadratic weighted kappa",
    direction: "max",
    formula: "1 − Σ (i−j)²·observed ÷ Σ (i−j)²·expected",
    words: "Agreement beyond chance, where a miss by two grades weighs four times a miss by one.",
    range: correlation,
  },
  roc_auc: {
    label: "ROC AUC",
    direction: "max",
    formula: "P(score⁺ > score⁻) + ½·P(equal)",
    words: "How often a positive case is given a higher score than a negative one; equal scores count half.",
    range: unit,
  },
  average_precision: {
    label: "Average precision",
    direction: "max",
    formula: "Σ (Rₙ − Rₙ₋₁)·Pₙ",
    words: "Precision at each distinct score, weighted by the recall gained there; nothing is interpolated.",
    range: unit,
  },
  log_loss: {
    label: "Log loss",
    direction: "min",
    formula: "mean of −ln p(true class)",
    words: "The cost of confident mistakes. Probabilities are kept at least 10⁻¹⁵ away from 0 and 1.",
    range: open,
  },
  brier: {
    label: "Brier score",
    direction: "min",
    formula: "mean of (p − y)²",
    words: "Squared distance between the probability and what was the case, 1 or 0.",
    range: unit,
  },
  roc_auc_ovr_macro: {
    label: "ROC AUC, one against rest",
    direction: "max",
    formula: "mean over classes of AUC(class, rest)",
    words: "ROC AUC of each class against all others, all classes equal.",
    range: unit,
  },
  brier_multiclass: {
    label: "Brier score, all classes",
    direction: "min",
    formula: "mean of Σₖ (pₖ − yₖ)²",
    words: "Squared distance over all classes, each row divided by its sum first.",
    range: "0 to 2",
  },
  accuracy_argmax: {
    label: "Accuracy of the most probable class",
    direction: "max",
    formula: "right ÷ all",
    words: "The most probable class is the prediction; of several the first declared.",
    range: unit,
  },
  macro_f1_argmax: {
    label: "Macro F1 of the most probable class",
    direction: "max",
    formula: "mean over classes of 2·TP ÷ (true + predicted)",
    words: "F1 of each class with the most probable class as the prediction, all classes equal.",
    range: unit,
  },
  rsna_map: {
    label: "RSNA mAP",
    direction: "max",
    formula: "mean over images and IoU > 0.40 … 0.75 of TP ÷ (TP + FP + FN)",
    words:
      "Per image, the most confident box first takes the free true box that it overlaps most. Images without any box are left out; predictions where there is nothing count 0.",
    range: unit,
  },
  rsna_map_inclusive: {
    label: "RSNA mAP, inclusive",
    direction: "max",
    formula: "mean over images and IoU ≥ 0.40 … 0.75 of TP ÷ (TP + FP + FN)",
    words: "As RSNA mAP, but an overlap that equals the threshold is a hit.",
    range: unit,
  },
  coco_ap: {
    label: "COCO AP",
    direction: "max",
    formula: "mean over classes and IoU 0.50 … 0.95 of AP at 101 recalls",
    words:
      "Average precision, averaged over ten overlaps and all classes; the 100 most confident boxes an image count.",
    range: unit,
  },
  coco_ap50: {
    label: "COCO AP50",
    direction: "max",
    formula: "mean over classes of AP at IoU 0.50",
    words: "Average precision where half an overlap is a hit.",
    range: unit,
  },
  coco_ap75: {
    label: "COCO AP75",
    direction: "max",
    formula: "mean over classes of AP at IoU 0.75",
    words: "Average precision where three quarters of an overlap are a hit.",
    range: unit,
  },
  coco_ar100: {
    label: "COCO AR100",
    direction: "max",
    formula: "mean over classes and IoU 0.50 … 0.95 of recall",
    words: "The share of true boxes found with at most 100 boxes an image.",
    range: unit,
  },
  mean_dice: {
    label: "Dice",
    direction: "max",
    formula: "mean of 2·|T∩P| ÷ (|T| + |P|)",
    words: `Overlap of truth and prediction, over all cases and labels alike. ${emptyOverlap}`,
    range: unit,
  },
  mean_jaccard: {
    label: "Jaccard",
    direction: "max",
    formula: "mean of |T∩P| ÷ |T∪P|",
    words: `Overlap against union, over all cases and labels alike. ${emptyOverlap}`,
    range: unit,
  },
  mean_volume_similarity: {
    label: "Volume similarity",
    direction: "max",
    formula: "mean of 1 − ||P| − |T|| ÷ (|P| + |T|)",
    words: `Whether the sizes agree, wherever they lie. ${emptyOverlap}`,
    range: unit,
  },
  mean_hd_mm: {
    label: "Hausdorff distance",
    direction: "min",
    formula: "mean of max surface distance",
    words: `The farthest that one surface is from the other, both ways. ${surface} ${emptyDistance}`,
    range: millimetres,
  },
  mean_hd95_mm: {
    label: "Hausdorff distance, 95 %",
    direction: "min",
    formula: "mean of max(p95(T→P), p95(P→T))",
    words: `The distance that 95 % of a surface stay within, the worse way of the two. ${surface} ${emptyDistance}`,
    range: millimetres,
  },
  mean_assd_mm: {
    label: "Average symmetric surface distance",
    direction: "min",
    formula: "mean of (Σ d(T→P) + Σ d(P→T)) ÷ (nT + nP)",
    words: `The mean distance over the points of both surfaces together. ${surface} ${emptyDistance}`,
    range: millimetres,
  },
  mean_masd_mm: {
    label: "Mean average surface distance",
    direction: "min",
    formula: "mean of ½·(mean d(T→P) + mean d(P→T))",
    words: `The mean of both ways' mean distances. ${surface} ${emptyDistance}`,
    range: millimetres,
  },
};

function surfaceDice(tolerance: string | undefined): MetricWords {
  const within = tolerance === undefined ? "the tolerance" : `${tolerance} mm`;
  return {
    label:
      tolerance === undefined ? "Normalised surface distance" : `Surface distance within ${tolerance} mm`,
    direction: "max",
    formula: "mean of surface voxels within the tolerance ÷ all surface voxels",
    words: `The share of both surfaces that lies within ${within} of the other. ${surface} ${emptyOverlap}`,
    range: unit,
  };
}

/**
 * A metric's name, formula and range; one that this page does not know is shown by its name alone.
 * @param nsdToleranceMm the evaluation's: `mean_nsd` is by the first of them
 */
export function metricWords(name: string, nsdToleranceMm: readonly number[] = []): MetricWords | null {
  const nsd = /^mean_nsd(?:_(.+))?$/.exec(name);
  return nsd ? surfaceDice(nsd[1] ?? nsdToleranceMm[0]?.toString()) : (known[name] ?? null);
}

/** The greatest value that there can be; undefined without one. */
export function greatestOf(name: string): number | undefined {
  const range = metricWords(name)?.range;
  return range === unit || range === correlation ? 1 : undefined;
}

/** What people call it. */
export function metricLabel(name: string): string {
  return metricWords(name)?.label ?? name;
}

/** Of values per case, class or label, which go by shorter names: `dice` is what `mean_dice` is the mean of. */
export function valueLabel(name: string): string {
  const shortened: Readonly<Record<string, string>> = {
    rows: "Cases",
    f1: "F1",
    f1_argmax: "F1",
    roc_auc: "ROC AUC",
    accuracy: "Right",
    accuracy_argmax: "Right",
  };
  return shortened[name] ?? metricWords(name)?.label ?? metricWords(`mean_${name}`)?.label ?? name;
}

/** Which way a value per case is better; null where it is no metric but a fact of the case, such as a volume. */
export function valueDirection(name: string): Ranking["direction"] | null {
  return metricWords(name)?.direction ?? metricWords(`mean_${name}`)?.direction ?? null;
}

export const directionWords: Record<Ranking["direction"], string> = {
  max: "higher is better",
  min: "lower is better",
};

/** What voxels' values mean; of masks alone. */
export function labelNames({
  task,
  evaluation,
}: Pick<CompetitionView, "task" | "evaluation">): Record<string, string> {
  return task === "masks" ? (evaluation?.labels ?? {}) : {};
}
