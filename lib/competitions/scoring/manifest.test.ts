import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseEvaluation } from "./manifest";

const binary = {
  schema: "medforge/evaluation@1",
  task: "binary_probability",
  classes: ["benign", "malignant"],
  ordinal: false,
  metrics: ["roc_auc", "log_loss", "brier"],
  primary: { metric: "roc_auc", direction: "max" },
  tieBreak: [{ metric: "log_loss", direction: "min" }],
};
const grades = {
  ...binary,
  task: "labels",
  classes: ["1", "2", "3"],
  ordinal: true,
  metrics: ["quadratic_weighted_kappa", "accuracy"],
  primary: { metric: "quadratic_weighted_kappa", direction: "max" },
  tieBreak: [],
};
const masks = {
  ...binary,
  task: "masks",
  classes: ["anterior", "posterior"],
  metrics: ["mean_dice", "mean_hd95_mm", "mean_nsd", "mean_nsd_1", "mean_nsd_2.5"],
  primary: { metric: "mean_dice", direction: "max" },
  tieBreak: [{ metric: "mean_hd95_mm", direction: "min" }],
  masks: { labels: { 1: "anterior", 2: "posterior" }, nsdToleranceMm: [1, 2.5] },
};

const parse = (evaluation: object) => parseEvaluation(JSON.stringify(evaluation));

describe("parseEvaluation", () => {
  it.each([
    ["binary", binary],
    ["ordinal labels", grades],
    ["masks", masks],
  ])("takes %s as it is", (_, evaluation) => expect(parse(evaluation)).toEqual(evaluation));

  it.each([
    ["an unknown field", { ...binary, metric: "brier" }, "metric: There is no such field."],
    [
      "another version",
      { ...binary, schema: "medforge/evaluation@2" },
      "schema: Only medforge/evaluation@1.",
    ],
    ["an unknown task", { ...binary, task: "regression" }, "task: One of: labels, binary_probability, "],
    ["no task", { ...binary, task: undefined }, "task: One of: labels, "],
    ["no object", [], "An object with named fields."],
    ["no metrics", { ...binary, metrics: [] }, "metrics: At least 1 entry."],
    ["another task's metric", { ...binary, metrics: ["roc_auc", "mcc"] }, "metrics.1: One of: roc_auc, "],
    [
      "a metric twice",
      { ...binary, metrics: ["roc_auc", "log_loss", "roc_auc"] },
      "metrics: Each metric once.",
    ],
    [
      "a ranking by a metric that is not computed",
      { ...binary, primary: { metric: "average_precision", direction: "max" } },
      "primary.metric: One of those under metrics.",
    ],
    [
      "a ranking that puts the worst first",
      { ...binary, tieBreak: [{ metric: "log_loss", direction: "max" }] },
      "tieBreak.0.direction: Only min: so log_loss gets better.",
    ],
    [
      "a tie broken by what was equal",
      { ...binary, tieBreak: [{ metric: "roc_auc", direction: "max" }] },
      "tieBreak.0.metric: It ranks already.",
    ],
    ["a class twice", { ...binary, classes: ["a", "a"] }, "classes: Each class once."],
    ["three classes of two", { ...binary, classes: ["a", "b", "c"] }, "classes: At most 2 entries."],
    ["a class without a name", { ...binary, classes: ["a", ""] }, "classes.1: Required."],
    [
      "distances of classes without an order",
      { ...grades, ordinal: false },
      "metrics.0: Needs ordinal: the distance of two classes counts.",
    ],
    ["an order of probabilities", { ...binary, ordinal: true }, "ordinal: Only false."],
    ["masks without labels", { ...masks, masks: undefined }, "masks: Required."],
    [
      "the background as a label",
      { ...masks, masks: { labels: { 0: "nothing" } } },
      "masks.labels.0: A whole number from 1 on: 0 is the background.",
    ],
    [
      "a tolerance that is not listed",
      { ...masks, metrics: ["mean_dice", "mean_hd95_mm", "mean_nsd_3"] },
      "metrics.2: One of: ",
    ],
    [
      "a surface score without a tolerance",
      { ...masks, masks: { labels: { 1: "a" }, nsdToleranceMm: [] } },
      "metrics.2: One of: ",
    ],
  ])("refuses %s and says the field", (_, evaluation, text) => {
    expect(() => parse(evaluation)).toThrow(text);
  });

  it("takes the documented evaluation of masks", () => {
    const docs = readFileSync(new URL("../../../docs/competitions.md", import.meta.url), "utf8");
    const text =
      /```json\n(\{ "schema": "medforge\/evaluation@1", "task": "masks"[^`]+)```/.exec(docs)?.[1] ?? "";
    expect(parseEvaluation(text)).toMatchObject({ masks: { nsdToleranceMm: [1, 2] } });
  });

  it("refuses what is no JSON", () => {
    expect(() => parseEvaluation("{")).toThrow("The evaluation is not valid JSON.");
  });
});
