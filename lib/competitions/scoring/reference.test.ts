import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sum } from "./numbers";
import { logLossTerms } from "./probabilities";
import type { Explanation, MetricValue, TaskScores } from "./task";
import { testData } from "./testing/data";
import { csv, evaluationBy, scoreInMemory } from "./testing/tables";

const data = testData();
const dir = join(data ?? "", "metric-cases");

const leaf = z.number().nullable();
const reference = z.object({
  value: z.union([leaf, z.array(leaf), z.array(z.array(leaf))]),
  tol: z.number().default(1e-9),
  per_image: z.array(leaf).optional(),
});
type Reference = z.output<typeof reference>;

function caseOf<Inputs extends z.ZodType>(id: string, inputs: Inputs) {
  const schema = z.object({ inputs, expected: z.record(z.string(), reference) });
  return schema.parse(JSON.parse(readFileSync(join(dir, `${id}.json`), "utf8")));
}

const idsOf = (family: string) =>
  data === null
    ? []
    : readdirSync(dir)
        .filter((file) => file.startsWith(family))
        .map((file) => file.replace(".json", ""));

/** Absolutely up to 1, relatively above: the rule of the cases' README. */
function expectClose(actual: unknown, { value, tol }: Reference, what: string): void {
  const [ours, theirs] = [[actual].flat(2), [value].flat(2)];
  expect(ours, what).toHaveLength(theirs.length);
  for (const [index, wanted] of theirs.entries()) {
    const got = ours[index];
    if (wanted === null || typeof got !== "number") expect(got, what).toBe(wanted);
    else
      expect(Math.abs(got - wanted), `${what}: ${got} for ${wanted}`).toBeLessThanOrEqual(
        tol * Math.max(1, Math.abs(got), Math.abs(wanted)),
      );
  }
}

function metricsOf({ splits }: TaskScores): Record<string, unknown> {
  const known = (value: MetricValue) => value.value;
  return Object.fromEntries([...(splits.public ?? [])].map(([name, value]) => [name, known(value)]));
}

function explanationOf({ explanation }: TaskScores): Explanation {
  return explanation?.public ?? { perClass: {}, confusion: null };
}

const column = ({ perClass }: Explanation, name: string) =>
  Object.values(perClass).map((values) => values[name] ?? null);

/** Each that the case states and the product has, and none of the others left out unseen. */
function expectAll(actual: Record<string, unknown>, expected: Record<string, Reference>): void {
  expect(Object.keys(expected).filter((name) => !(name in actual))).toEqual([]);
  for (const [name, wanted] of Object.entries(expected)) expectClose(actual[name], wanted, name);
}

const truthOf = (labels: readonly (string | number)[]) =>
  csv(
    "id,label",
    labels.map((label, row) => [`r${row}`, label]),
  );

describe.skipIf(data === null)("the reference cases", () => {
  it.for(idsOf("lab-"))("%s", async (id) => {
    const label = z.union([z.string(), z.number().transform(String)]);
    const { inputs, expected } = caseOf(
      id,
      z.object({
        declared_labels: z.array(label),
        truth: z.array(label),
        prediction: z.array(label),
      }),
    );
    const metrics = ["accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc", "cohen_kappa"];
    const scores = await scoreInMemory({
      // Whether the classes have an order is the admin's to say: both kappas are checked on all.
      evaluation: evaluationBy("labels", inputs.declared_labels, [...metrics, "quadratic_weighted_kappa"], {
        ordinal: true,
      }),
      truth: { "truth.csv": truthOf(inputs.truth) },
      submission: csv(
        "id,prediction",
        inputs.prediction.map((value, row) => [`r${row}`, value]),
      ),
    });
    const explanation = explanationOf(scores);
    const f1 = column(explanation, "f1").map((value) => value ?? 0);
    expectAll(
      {
        ...metricsOf(scores),
        per_class_f1: f1,
        macro_f1_all_declared: sum(f1) / f1.length,
        confusion_matrix: explanation.confusion,
      },
      expected,
    );
  });

  it.for(idsOf("bin-"))("%s", async (id) => {
    const { inputs, expected } = caseOf(
      id,
      z.object({ truth: z.array(z.number()), score: z.array(z.number()) }),
    );
    const truth = { "truth.csv": truthOf(inputs.truth) };
    const scores = await scoreInMemory({
      evaluation: evaluationBy(
        "binary_probability",
        ["0", "1"],
        ["roc_auc", "average_precision", "log_loss", "brier"],
      ),
      truth,
      submission: csv(
        "id,probability",
        inputs.score.map((p, row) => [`r${row}`, p]),
      ),
    });
    const twoColumns = await scoreInMemory({
      evaluation: evaluationBy("multiclass_probability", ["0", "1"], ["log_loss"]),
      truth,
      submission: csv(
        "id,p_0,p_1",
        inputs.score.map((p, row) => [`r${row}`, 1 - p, p]),
      ),
    });
    const newer = logLossTerms(inputs.truth, inputs.score, 2 ** -52);
    expectAll(
      {
        ...metricsOf(scores),
        log_loss_two_columns: metricsOf(twoColumns).log_loss,
        "log_loss_eps_2.22e-16": sum(newer) / newer.length,
      },
      expected,
    );
  });

  it.for(idsOf("mul-"))("%s", async (id) => {
    const { inputs, expected } = caseOf(
      id,
      z.object({
        classes: z.number(),
        truth: z.array(z.number()),
        probability: z.array(z.array(z.number())),
      }),
    );
    const classes = Array.from({ length: inputs.classes }, (_, k) => `${k}`);
    const scores = await scoreInMemory({
      evaluation: evaluationBy("multiclass_probability", classes, [
        "roc_auc_ovr_macro",
        "log_loss",
        "brier_multiclass",
        "accuracy_argmax",
        "macro_f1_argmax",
      ]),
      truth: { "truth.csv": truthOf(inputs.truth) },
      submission: csv(
        ["id", ...classes.map((k) => `p_${k}`)].join(","),
        inputs.probability.map((cells, row) => [`r${row}`, ...cells]),
      ),
    });
    const aucs = column(explanationOf(scores), "roc_auc");
    expectAll({ ...metricsOf(scores), per_class_auc: aucs }, expected);
  });

  it.for(idsOf("box-"))("%s", async (id) => {
    const [x, label, confidence] = [z.number(), z.string(), z.number()];
    const { inputs, expected } = caseOf(
      id,
      z.object({
        classes: z.array(z.string()),
        images: z.array(
          z.object({
            id: z.string(),
            truth: z.array(z.tuple([x, x, x, x, label])),
            prediction: z.array(z.tuple([x, x, x, x, label, confidence])),
          }),
        ),
      }),
    );
    const scores = await scoreInMemory({
      evaluation: evaluationBy("boxes", inputs.classes, [
        "rsna_map",
        "rsna_map_inclusive",
        "coco_ap",
        "coco_ap50",
        "coco_ap75",
        "coco_ar100",
      ]),
      truth: {
        "truth_images.csv": csv(
          "image_id",
          inputs.images.map((image) => [image.id]),
        ),
        "truth_boxes.csv": csv(
          "x,y,width,height,label,image_id",
          inputs.images.flatMap((image) => image.truth.map((box) => [...box, image.id])),
        ),
      },
      submission: csv(
        "x,y,width,height,label,confidence,image_id",
        inputs.images.flatMap((image) => image.prediction.map((box) => [...box, image.id])),
      ),
    });
    expectAll(
      { ...metricsOf(scores), coco_ap_per_class: column(explanationOf(scores), "coco_ap") },
      expected,
    );
    for (const name of ["rsna_map", "rsna_map_inclusive"]) {
      const perImage = { value: expected[name]?.per_image ?? [], tol: 1e-9 };
      expectClose(
        scores.cases.map(({ values }) => values[name]),
        perImage,
        `${name} of each image`,
      );
    }
  });
});
