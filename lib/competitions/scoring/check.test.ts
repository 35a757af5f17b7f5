import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkEvaluation } from "./check";
import { BrokenEvaluation } from "./errors";
import { niftiFile } from "./testing/nifti-file";
import { csv, evaluationBy, scoreInMemory } from "./testing/tables";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "medforge-check-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

type Truth = Readonly<Record<string, string | Buffer>>;

/** What is wrong with it, or null. */
async function check(
  evaluation: object | string,
  truth: Truth,
  bounds: { memoryMb?: number } = {},
): Promise<string | null> {
  const text = typeof evaluation === "string" ? evaluation : JSON.stringify(evaluation);
  const files = { "evaluation.json": text, ...inFolder("truth", truth) };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  try {
    const paths = { evaluation: join(dir, "evaluation.json"), truth: join(dir, "truth") };
    await checkEvaluation({ ...paths, ...bounds });
    return null;
  } catch (error) {
    if (error instanceof BrokenEvaluation) return error.message;
    throw error;
  }
}

const inFolder = (folder: string, files: Truth) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [join(folder, name), content]));

const labelled = (...rows: string[][]) => ({ "truth.csv": csv("id,label,split", rows) });
const binary = (...metrics: string[]) => evaluationBy("binary_probability", ["well", "ill"], metrics);
const boxes = evaluationBy("boxes", ["nodule"], ["rsna_map", "coco_ap"]);
const boxHeader = "image_id,label,x,y,width,height";

test("what can be scored on each split that exists passes", async () => {
  const truth = labelled(["a", "ill", "public"], ["b", "well", "public"]);
  expect(await check(binary("roc_auc", "average_precision", "log_loss"), truth)).toBeNull();
});

test("a metric that a split leaves undefined is named with its reason, and no other", async () => {
  const truth = labelled(
    ["a", "ill", "public"],
    ["b", "well", "public"],
    ["c", "well", "private"],
    ["d", "well", "private"],
  );
  expect(await check(binary("roc_auc", "average_precision", "brier"), truth)).toBe(
    "roc_auc is undefined on the private split: The truth has one class only. " +
      "average_precision is undefined on the private split: The truth has no “ill”.",
  );
  expect(await check(binary("brier"), truth)).toBeNull();
});

test("of several classes, one that a split lacks leaves the mean of their curves undefined", async () => {
  const evaluation = evaluationBy(
    "multiclass_probability",
    ["a", "b", "c"],
    ["roc_auc_ovr_macro", "log_loss"],
  );
  const rows = ["a", "b", "c"].flatMap((label) => [
    [`${label}1`, label, "public"],
    [`${label}2`, label === "c" ? "b" : label, "private"],
  ]);
  expect(await check(evaluation, labelled(...rows))).toBe(
    "roc_auc_ovr_macro is undefined on the private split: Of “c” and the other classes, the truth has only one side.",
  );
});

test("labels have a score whatever the truth", async () => {
  const evaluation = evaluationBy("labels", ["a", "b"], ["macro_f1", "mcc", "cohen_kappa"]);
  expect(await check(evaluation, labelled(["1", "a", "public"]))).toBeNull();
});

test("a split without a box has nothing to find", async () => {
  const images = csv("image_id,split", [
    ["a", "public"],
    ["b", "private"],
  ]);
  const truth = (...rows: (string | number)[][]) => ({
    "truth_images.csv": images,
    "truth_boxes.csv": csv(boxHeader, rows),
  });
  const box = ["nodule", 0, 0, 1, 1];
  expect(await check(boxes, truth(["a", ...box], ["b", ...box]))).toBeNull();
  expect(await check(boxes, truth(["b", ...box]))).toBe(
    "rsna_map is undefined on the public split: No image has a box, in truth or submission. " +
      "coco_ap is undefined on the public split: The truth has no boxes.",
  );
});

const masks = evaluationBy("masks", ["lesion"], ["mean_dice"], {
  masks: { labels: { "1": "lesion" }, nsdToleranceMm: [] },
});
const volume = (value: number) => niftiFile({ voxels: Buffer.alloc(8, value) });

test("a split whose masks are all empty is refused, one empty mask is not", async () => {
  const truth = (a: number, b: number) => ({
    "truth.csv": csv("id,split", [
      ["a", "public"],
      ["b", "public"],
    ]),
    "truth/a.nii.gz": volume(a),
    "truth/b.nii.gz": volume(b),
  });
  expect(await check(masks, truth(0, 1))).toBeNull();
  expect(await check(masks, truth(0, 0))).toBe(
    "mean_dice is undefined on the public split: No case has a voxel of any label.",
  );
});

test("every volume of a truth is read", async () => {
  const truth = { "truth.csv": csv("id", [["a"], ["b"]]), "truth/a.nii.gz": volume(1) };
  expect(await check(masks, truth)).toBe('The truth of the case "b" is missing.');
  expect(await check(masks, { ...truth, "truth/b.nii.gz": volume(1).subarray(0, 355) })).toMatch(
    /^The truth of the case "b": .*\(nifti-truncated\)$/,
  );
  expect(await check(masks, { ...truth, "truth/b.nii.gz": volume(7) })).toContain("undeclared-label");
});

test("a truth is refused that a submission's job could run out of memory at, with the figure", async () => {
  // Of 2^20 voxels: 40 MiB and 100 beside.
  const large = niftiFile({ dim: [3, 128, 128, 64], voxels: Buffer.alloc(2 ** 20, 1) });
  const truth = { "truth.csv": csv("id", [["a"]]), "truth/a.nii.gz": large };
  expect(await check(masks, truth, { memoryMb: 140 })).toBeNull();
  expect(await check(masks, truth, { memoryMb: 139 })).toMatch(
    /^The case "a" has 1048576 voxels, to score which may take 140 MiB; a job gets 139 MiB/,
  );
});

test("a truth is refused by its file and line", async () => {
  expect(await check(binary("brier"), {})).toBe("truth.csv is missing from the truth.");
  expect(await check(binary("brier"), labelled(["a", "odd", "public"]))).toMatch(/^truth.csv: Line 2: label/);
});

test("a manifest that is nested without end is none, and is refused at once", async () => {
  const deep = "[".repeat(200_000);
  expect(await check(deep, {})).toBe("The evaluation is not valid JSON.");
  expect(await check(`${deep}${"]".repeat(200_000)}`, {})).toMatch(/^The evaluation is not valid\./);
  expect(await check(`{"classes":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, {})).toMatch(/not valid/);
});

test("an image can't have more boxes than anybody could draw", async () => {
  const truth = {
    "truth_images.csv": csv("image_id", [["a"]]),
    "truth_boxes.csv": csv(boxHeader, [["a", "nodule", 0, 0, 1, 1]]),
  };
  const row = "a,nodule,0.5,0,0,1,1\n";
  const submission = (count: number) => `image_id,label,confidence,x,y,width,height\n${row.repeat(count)}`;
  const score = (count: number) => scoreInMemory({ evaluation: boxes, truth, submission: submission(count) });
  expect((await score(10_000)).rows).toBe(10_000);
  await expect(score(10_001)).rejects.toMatchObject({ rule: "too-many-boxes", where: { line: 10_002 } });
});
