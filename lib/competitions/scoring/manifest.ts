import { z } from "zod";
import { fieldMessages, fieldsText, issueText } from "@/lib/kernel/issue-text";
import { BrokenEvaluation } from "./errors";

export const labelMetrics = [
  "accuracy",
  "balanced_accuracy",
  "macro_f1",
  "weighted_f1",
  "mcc",
  "cohen_kappa",
  "quadratic_weighted_kappa",
] as const;
export const binaryMetrics = ["roc_auc", "average_precision", "log_loss", "brier"] as const;
export const multiclassMetrics = [
  "roc_auc_ovr_macro",
  "log_loss",
  "brier_multiclass",
  "accuracy_argmax",
  "macro_f1_argmax",
] as const;
export const boxMetrics = [
  "rsna_map",
  "rsna_map_inclusive",
  "coco_ap",
  "coco_ap50",
  "coco_ap75",
  "coco_ar100",
] as const;
export const maskMetrics = [
  "mean_dice",
  "mean_jaccard",
  "mean_hd95_mm",
  "mean_hd_mm",
  "mean_assd_mm",
  "mean_masd_mm",
  "mean_volume_similarity",
  "mean_nsd",
] as const;

export type LabelMetric = (typeof labelMetrics)[number];
export type BinaryMetric = (typeof binaryMetrics)[number];
export type MulticlassMetric = (typeof multiclassMetrics)[number];
export type BoxMetric = (typeof boxMetrics)[number];

/** Losses and distances; everything else is better when it is higher. */
export const betterWhenLower: ReadonlySet<string> = new Set([
  "log_loss",
  "brier",
  "brier_multiclass",
  "mean_hd95_mm",
  "mean_hd_mm",
  "mean_assd_mm",
  "mean_masd_mm",
]);

const name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^\P{Cc}+$/u, "No control characters.");

/** `n` counts of each: a confusion matrix has their square. */
const classes = (least: number, most = 1000) =>
  z.array(name).min(least).max(most).refine(isUnique, "Each class once.");

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

const noOrdinal = z.literal(false).default(false);

function evaluationOf<Task extends string, Metric extends z.ZodType<string>, Fields extends z.ZodRawShape>(
  task: Task,
  metric: Metric,
  fields: Fields,
) {
  const ranking = z.strictObject({ metric, direction: z.enum(["max", "min"]) });
  return z.strictObject({
    schema: z.literal("medforge/evaluation@1"),
    task: z.literal(task),
    metrics: z.array(metric).min(1),
    primary: ranking,
    tieBreak: z.array(ranking).default([]),
    ...fields,
  });
}

interface Ranked {
  readonly metrics: readonly string[];
  readonly primary: Ranking;
  readonly tieBreak: readonly Ranking[];
}

interface Ranking {
  readonly metric: string;
  readonly direction: "max" | "min";
}

/** What a field is refused for, by the fields' path; what `fields` alone can't tell. */
type Objection = readonly [path: (string | number)[], message: string];

function* rankingObjections({ metrics, primary, tieBreak }: Ranked): Generator<Objection> {
  if (!isUnique(metrics)) yield [["metrics"], "Each metric once."];
  yield* directionObjections(primary, metrics, ["primary"]);
  const before = new Set([primary.metric]);
  for (const [index, ranking] of tieBreak.entries()) {
    const path = ["tieBreak", index];
    yield* directionObjections(ranking, metrics, path);
    if (before.has(ranking.metric)) yield [[...path, "metric"], "It ranks already."];
    before.add(ranking.metric);
  }
}

function* directionObjections(
  { metric, direction }: Ranking,
  metrics: readonly string[],
  path: (string | number)[],
): Generator<Objection> {
  if (!metrics.includes(metric)) yield [[...path, "metric"], "One of those under metrics."];
  const wanted = betterWhenLower.has(metric) ? "min" : "max";
  if (direction !== wanted) yield [[...path, "direction"], `Only ${wanted}: so ${metric} gets better.`];
}

/** As a check on an object that zod found well formed. */
function objecting<Value>(objections: (value: Value) => Iterable<Objection>) {
  return (value: Value, context: z.RefinementCtx<Value>) => {
    for (const [path, message] of objections(value)) context.addIssue({ code: "custom", path, message });
  };
}

const labels = evaluationOf("labels", z.enum(labelMetrics), {
  classes: classes(2),
  ordinal: z.boolean().default(false),
})
  .superRefine(objecting(rankingObjections))
  .superRefine(
    objecting(function* ({ metrics, ordinal }) {
      const index = metrics.indexOf("quadratic_weighted_kappa");
      if (index >= 0 && !ordinal)
        yield [["metrics", index], "Needs ordinal: the distance of two classes counts."];
    }),
  );

const binaryProbability = evaluationOf("binary_probability", z.enum(binaryMetrics), {
  classes: classes(2, 2),
  ordinal: noOrdinal,
}).superRefine(objecting(rankingObjections));

const multiclassProbability = evaluationOf("multiclass_probability", z.enum(multiclassMetrics), {
  classes: classes(2),
  ordinal: noOrdinal,
}).superRefine(objecting(rankingObjections));

const boxes = evaluationOf("boxes", z.enum(boxMetrics), {
  classes: classes(1),
  ordinal: noOrdinal,
}).superRefine(objecting(rankingObjections));

const label = z.string().regex(/^[1-9]\d{0,8}$/, "A whole number from 1 on: 0 is the background.");

const masks = evaluationOf("masks", z.string(), {
  classes: classes(1),
  ordinal: noOrdinal,
  masks: z.strictObject({
    labels: z
      .record(label, name)
      .refine((names) => Object.keys(names).length > 0, "At least 1 entry.")
      .refine((names) => isUnique(Object.values(names)), "Each name once."),
    nsdToleranceMm: z.array(z.number().positive()).default([]),
  }),
})
  .superRefine(objecting(rankingObjections))
  .superRefine(
    objecting(function* ({ metrics, masks: { nsdToleranceMm } }) {
      const names = maskMetricNames(nsdToleranceMm);
      for (const [index, metric] of metrics.entries())
        if (!names.includes(metric)) yield [["metrics", index], `One of: ${names.join(", ")}.`];
    }),
  );

/** With a name for each tolerance: `mean_nsd_2` is the one at 2 mm, `mean_nsd` the one at the first. */
function maskMetricNames(nsdToleranceMm: readonly number[]): string[] {
  const always = maskMetrics.filter((metric) => metric !== "mean_nsd");
  if (nsdToleranceMm.length === 0) return always;
  return [...maskMetrics, ...nsdToleranceMm.map((tolerance) => `mean_nsd_${tolerance}`)];
}

const tasks = [labels, binaryProbability, multiclassProbability, boxes, masks] as const;

const evaluation = z.discriminatedUnion("task", tasks, {
  error: ({ code }) =>
    code === "invalid_union"
      ? `One of: ${tasks.map(({ shape }) => shape.task.value).join(", ")}.`
      : undefined,
});

/** How a competition's submissions are scored, by task. */
export type Evaluation = z.output<typeof evaluation>;
export type EvaluationOf<Task extends Evaluation["task"]> = Extract<Evaluation, { task: Task }>;

/**
 * The `medforge/evaluation@1` that `text` holds.
 * @throws BrokenEvaluation that names each field that is missing, malformed or unknown.
 */
export function parseEvaluation(text: string): Evaluation {
  const parsed = evaluation.safeParse(jsonOf(text), { error: issueText });
  if (parsed.success) return parsed.data;
  const fields = fieldMessages(parsed.error.issues);
  throw new BrokenEvaluation(`The evaluation is not valid. ${fieldsText(fields)}`, { cause: parsed.error });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new BrokenEvaluation("The evaluation is not valid JSON.");
  }
}
