import { describe, expect, it } from "vitest";
import { BrokenEvaluation, Rejection } from "./errors";
import { csv, evaluationBy, scoreInMemory } from "./testing/tables";

const labels = evaluationBy("labels", ["a", "b", "c"], ["accuracy", "macro_f1", "balanced_accuracy"]);
const binary = evaluationBy(
  "binary_probability",
  ["no", "yes"],
  ["roc_auc", "average_precision", "log_loss"],
);
const ranks = evaluationBy("binary_probability", ["no", "yes"], ["roc_auc", "average_precision"]);
const multiclass = evaluationBy("multiclass_probability", ["a", "b"], ["log_loss", "accuracy_argmax"]);
const boxes = evaluationBy("boxes", ["cell"], ["rsna_map", "coco_ap", "coco_ar100"]);

const labelTruth = { "truth.csv": "id,label,split\nx,a,public\ny,b,private\nz,a,public\n" };
const binaryTruth = { "truth.csv": "id,label\nx,yes\ny,no\nz,no\n" };
const boxTruth = {
  "truth_images.csv": "image_id\ni\nj\n",
  "truth_boxes.csv": "image_id,label,x,y,width,height\ni,cell,0,0,10,10\n",
};

const metric = async (
  evaluation: object,
  truth: Record<string, string>,
  submission: string,
  name: string,
  split: "public" | "private" = "public",
) => (await scoreInMemory({ evaluation, truth, submission })).splits[split]?.get(name);

async function refusal(evaluation: object, truth: Record<string, string>, submission: string) {
  const error: unknown = await scoreInMemory({ evaluation, truth, submission }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Rejection)) throw new Error(`Accepted, or failed otherwise: ${String(error)}`);
  return { rule: error.rule, ...error.where };
}

type Refused = readonly [
  what: string,
  evaluation: object,
  truth: Record<string, string>,
  submission: string,
  wanted: object,
];

describe("a submission", () => {
  const header = "id,prediction";
  const boxHeader = "image_id,label,confidence,x,y,width,height";

  const refused: Refused[] = [
    [
      "an id twice",
      labels,
      labelTruth,
      `${header}\nx,a\ny,b\nx,a\n`,
      { rule: "duplicate-id", line: 4, column: "id", case: "x" },
    ],
    [
      "an unknown id",
      labels,
      labelTruth,
      `${header}\nx,a\nw,b\n`,
      { rule: "unknown-id", line: 3, column: "id", case: "w" },
    ],
    [
      "an id missing",
      labels,
      labelTruth,
      `${header}\nx,a\nz,b\n`,
      { rule: "missing-id", column: "id", case: "y" },
    ],
    ["no rows", labels, labelTruth, `${header}\n`, { rule: "missing-id", column: "id", case: "x" }],
    [
      "a label that is not declared",
      labels,
      labelTruth,
      `${header}\nx,A\n`,
      { rule: "unknown-label", line: 2, column: "prediction" },
    ],
    [
      "a blank beside a label",
      labels,
      labelTruth,
      `${header}\nx, a\n`,
      { rule: "unknown-label", line: 2, column: "prediction" },
    ],
    [
      "a blank beside an id",
      labels,
      labelTruth,
      `${header}\nx ,a\n`,
      { rule: "unknown-id", line: 2, column: "id", case: "x " },
    ],
    [
      "an id of every object",
      labels,
      labelTruth,
      `${header}\n__proto__,a\n`,
      { rule: "unknown-id", line: 2, column: "id", case: "__proto__" },
    ],
    ...["1e400", "0x1", " 1", "", "NaN", "-Infinity"].map(
      (text) =>
        [
          `the number ${JSON.stringify(text)}`,
          binary,
          binaryTruth,
          `id,probability\nx,0.5\ny,${text}\n`,
          { rule: "not-a-number", line: 3, column: "probability" },
        ] satisfies Refused,
    ),
    ...["1.0000001", "-0.1"].map(
      (text) =>
        [
          `the probability ${text}`,
          binary,
          binaryTruth,
          `id,probability\nx,${text}\n`,
          { rule: "probability-out-of-range", line: 2, column: "probability" },
        ] satisfies Refused,
    ),
    [
      "probabilities that are too few",
      multiclass,
      labelTruth,
      "id,p_a,p_b\nx,0.5,0.498\n",
      { rule: "row-sum", line: 2 },
    ],
    [
      "a box without a width",
      boxes,
      boxTruth,
      `${boxHeader}\ni,cell,1,0,0,0,5\n`,
      { rule: "empty-box", line: 2, column: "width" },
    ],
    [
      "a box in an unknown image",
      boxes,
      boxTruth,
      `${boxHeader}\nk,cell,1,0,0,5,5\n`,
      { rule: "unknown-id", line: 2, column: "image_id", case: "k" },
    ],
  ];

  it.each([
    ["labels", labels, labelTruth],
    ["probabilities", binary, binaryTruth],
  ])("without %s names the same id however the truth's rows lie", async (_, evaluation, truth) => {
    const [first = "", ...rows] = truth["truth.csv"].trimEnd().split("\n");
    const turned = { "truth.csv": `${[first, ...rows.toReversed()].join("\n")}\n` };
    const header = evaluation === labels ? "id,prediction\n" : "id,probability\n";
    const wanted = { rule: "missing-id", column: "id", case: "x" };
    for (const ordered of [truth, turned]) expect(await refusal(evaluation, ordered, header)).toEqual(wanted);
  });

  it.each(refused)("with %s is refused", async (_, evaluation, truth, submission, wanted) => {
    expect(await refusal(evaluation, truth, submission)).toEqual(wanted);
  });

  it("is refused for more columns than are asked for", async () => {
    const submission = "id,prediction,confidence\nx,a,1\n";
    expect(await refusal(labels, labelTruth, submission)).toMatchObject({ rule: "unknown-column" });
  });

  it("may round its probabilities to three decimals, and rank by any numbers", async () => {
    const truth = { "truth.csv": "id,label\nx,a\ny,b\n" };
    const rounded = "id,p_a,p_b\nx,0.5,0.499\ny,0.501,0.5\n";
    expect(await metric(multiclass, truth, rounded, "accuracy_argmax")).toEqual({ value: 0.5 });
    const anyNumbers = "id,probability\nx,12.5\ny,-3\nz,1e3\n";
    expect(await metric(ranks, binaryTruth, anyNumbers, "roc_auc")).toEqual({ value: 0.5 });
  });

  it("may give every class the same probability: the first declared is the prediction", async () => {
    const truth = { "truth.csv": "id,label\nx,a\ny,b\n" };
    const even = "id,p_b,p_a\nx,0.5,0.5\ny,0.5,0.5\n";
    expect(await metric(multiclass, truth, even, "accuracy_argmax")).toEqual({ value: 0.5 });
  });

  it("may have no boxes, and then finds none", async () => {
    const scores = await scoreInMemory({ evaluation: boxes, truth: boxTruth, submission: `${boxHeader}\n` });
    expect(scores.splits.public?.get("coco_ap")).toEqual({ value: 0 });
    expect(scores.splits.public?.get("coco_ar100")).toEqual({ value: 0 });
    expect(scores.splits.public?.get("rsna_map")).toEqual({ value: 0 });
    expect(scores.rows).toBe(0);
    expect(scores.cases.map(({ id, values }) => [id, values])).toEqual([
      ["i", { rsna_map: 0 }],
      ["j", { rsna_map: null }],
    ]);
  });

  it("may have boxes as large as a number can be", async () => {
    const huge = `${boxHeader}\ni,cell,1,-1e308,-1e308,1.7e308,1.7e308\ni,cell,0.5,0,0,10,10\n`;
    expect(await metric(boxes, boxTruth, huge, "coco_ap")).toEqual({ value: 0.5 });
  });

  it("gets no further by a hundred boxes than the hundred most confident", async () => {
    const decoys = Array.from({ length: 100 }, (_, n) => ["i", "cell", 0.9, 100 + n, 100, 5, 5]);
    const right = ["i", "cell", 0.1, 0, 0, 10, 10];
    expect(await metric(boxes, boxTruth, csv(boxHeader, [...decoys, right]), "coco_ar100")).toEqual({
      value: 0,
    });
    expect(await metric(boxes, boxTruth, csv(boxHeader, [...decoys.slice(1), right]), "coco_ar100")).toEqual({
      value: 1,
    });
  });
});

describe("a truth", () => {
  it.each([
    ["no rows", { "truth.csv": "id,label\n" }, "truth.csv: There are no rows below the header."],
    ["nothing", { "truth.csv": "" }, "truth.csv: The first line is empty"],
    [
      "an id twice",
      { "truth.csv": "id,label\nx,a\nx,b\n" },
      "truth.csv: Line 3 has the id “x” a second time.",
    ],
    ["an empty id", { "truth.csv": "id,label\n,a\n" }, "truth.csv: Line 2 has no id."],
    ["an undeclared label", { "truth.csv": "id,label\nx,d\n" }, "truth.csv: Line 2: label is “d”"],
    ["a third split", { "truth.csv": "id,label,split\nx,a,test\n" }, "truth.csv: Line 2: split is “test”"],
  ])("with %s is the evaluation's fault", async (_, truth, text) => {
    const scored = scoreInMemory({ evaluation: labels, truth, submission: "id,prediction\n" });
    await expect(scored).rejects.toThrow(BrokenEvaluation);
    await expect(scored).rejects.toThrow(text);
  });

  it("with a box that can't be measured is the evaluation's fault", async () => {
    const truth = {
      ...boxTruth,
      "truth_boxes.csv": "image_id,label,x,y,width,height\ni,cell,0,0,1e-200,1e-200\n",
    };
    const scored = scoreInMemory({ evaluation: boxes, truth, submission: "" });
    await expect(scored).rejects.toThrow(
      "truth_boxes.csv: Line 2: the box has no area that can be measured.",
    );
  });

  it("without a split is public; one with it is scored apart", async () => {
    const submission = "id,prediction\nx,a\ny,c\nz,b\n";
    const split = await scoreInMemory({ evaluation: labels, truth: labelTruth, submission });
    expect(split.splits.public?.get("accuracy")).toEqual({ value: 0.5 });
    expect(split.splits.private?.get("accuracy")).toEqual({ value: 0 });
    const whole = { "truth.csv": "id,label,remark\nx,a,\ny,b,?\nz,a,\n" };
    const { splits } = await scoreInMemory({ evaluation: labels, truth: whole, submission });
    expect(splits.public?.get("accuracy")).toEqual({ value: 1 / 3 });
    expect(splits.private).toBeNull();
  });

  it.each([
    ["one class only", "roc_auc", "id,label\nx,no\n", "The truth has one class only."],
    ["no positive row", "average_precision", "id,label\nx,no\n", "The truth has no “yes”."],
  ])("with %s leaves %s undefined, and says why", async (_, name, table, reason) => {
    const value = await metric(binary, { "truth.csv": table }, "id,probability\nx,0.5\n", name);
    expect(value).toEqual({ value: null, reason });
  });

  it("without boxes leaves what needs them undefined, and says why", async () => {
    const truth = { ...boxTruth, "truth_boxes.csv": "image_id,label,x,y,width,height\n" };
    const none = "image_id,label,confidence,x,y,width,height\n";
    expect(await metric(boxes, truth, none, "coco_ap")).toEqual({
      value: null,
      reason: "The truth has no boxes.",
    });
    expect(await metric(boxes, truth, none, "rsna_map")).toMatchObject({ value: null });
  });
});

describe("kappa and Matthews' coefficient", () => {
  const all = evaluationBy("labels", ["1", "2", "3"], ["quadratic_weighted_kappa", "cohen_kappa", "mcc"], {
    ordinal: true,
  });
  const valuesOf = async (truth: readonly string[], prediction: readonly string[]) => {
    const { splits } = await scoreInMemory({
      evaluation: all,
      truth: {
        "truth.csv": csv(
          "id,label",
          truth.map((label, row) => [row, label]),
        ),
      },
      submission: csv(
        "id,prediction",
        prediction.map((label, row) => [row, label]),
      ),
    });
    return [...(splits.public?.values() ?? [])].map(({ value }) => value);
  };

  it("are exactly 0 for a constant, whichever side has it", async () => {
    expect(await valuesOf(["2", "2", "2"], ["1", "2", "3"])).toEqual([0, 0, 0]);
    expect(await valuesOf(["1", "2", "3"], ["2", "2", "2"])).toEqual([0, 0, 0]);
    expect(await valuesOf(["2", "2"], ["2", "2"])).toEqual([0, 0, 0]);
  });

  it("are 1 for what is right, and weigh a distance by its square", async () => {
    expect(await valuesOf(["1", "2", "3"], ["1", "2", "3"])).toEqual([1, 1, 1]);
    const [far] = await valuesOf(["1", "2", "3", "3"], ["1", "2", "3", "1"]);
    const [near] = await valuesOf(["1", "2", "3", "3"], ["1", "2", "3", "2"]);
    expect(far).toBeLessThan(Number(near));
  });
});
