import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rejection } from "./errors";
import { rejectionProblem, scoreFiles, scorerVersion } from "./score";
import { niftiFile } from "./testing/nifti-file";
import { evaluationBy } from "./testing/tables";
import { zipFile } from "./testing/zip-file";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "medforge-score-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Writes files by their paths below a folder of the test's own. @returns the folder */
function folder(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const root = join(dir, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const optionsIn = (root: string) => ({
  evaluation: join(root, "evaluation.json"),
  truth: join(root, "truth"),
  submission: join(root, "submission"),
});

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

const classes = ["no", "yes"];
const evaluation = JSON.stringify(evaluationBy("binary_probability", classes, ["roc_auc", "brier"]));
const truth = "id,label,split\n2,yes,public\n10,no,public\n1,yes,private\n";
const submission = "id,probability\n1,0.5\n2,0.75\n10,0.25\n";

describe("scoreFiles", () => {
  it("reports scores, what is undefined and why, and what was scored", async () => {
    const root = folder("binary", {
      "evaluation.json": evaluation,
      "truth/truth.csv": truth,
      "truth/remarks.txt": "no part of the truth",
      submission,
    });
    expect(await scoreFiles(optionsIn(root))).toEqual({
      splits: { public: { roc_auc: 1, brier: 0.0625 }, private: { roc_auc: null, brier: 0.25 } },
      primary: { public: 1, private: null },
      rows: 3,
      cases: {},
      undefined: { private: { roc_auc: "The truth has one class only." } },
      scorer: scorerVersion,
      digests: {
        evaluation: sha256(evaluation),
        truth: sha256(`${sha256(truth)}  truth.csv\n`),
        submission: sha256(submission),
      },
    });
  });

  it("explains", async () => {
    const root = folder("explained", {
      "evaluation.json": JSON.stringify(evaluationBy("labels", classes, ["accuracy"])),
      "truth/truth.csv": truth,
      submission: "id,prediction\n1,yes\n2,no\n10,no\n",
    });
    const report = await scoreFiles({ ...optionsIn(root), explain: true });
    expect(report.cases).toEqual({
      2: { split: "public", accuracy: 0 },
      10: { split: "public", accuracy: 1 },
      1: { split: "private", accuracy: 1 },
    });
    expect(report.explanation?.public).toEqual({
      perClass: { no: { rows: 1, f1: 2 / 3 }, yes: { rows: 1, f1: 0 } },
      confusion: [
        [1, 0],
        [1, 0],
      ],
    });
  });

  it("digests all files of the truth, by name", async () => {
    const files = {
      "truth/truth_boxes.csv": "image_id,label,x,y,width,height\ni,no,0,0,5,5\n",
      "truth/truth_images.csv": "image_id\ni\n",
    };
    const root = folder("boxes", {
      "evaluation.json": JSON.stringify(evaluationBy("boxes", classes, ["coco_ap"])),
      submission: "image_id,label,confidence,x,y,width,height\n",
      ...files,
    });
    const { digests } = await scoreFiles(optionsIn(root));
    const lines = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name.slice(6)}\n`);
    expect(digests.truth).toBe(sha256(lines.join("")));
  });

  it("says which file of the truth is missing", async () => {
    const root = folder("incomplete", { "evaluation.json": evaluation, submission });
    await expect(scoreFiles(optionsIn(root))).rejects.toThrow("truth.csv is missing from the truth.");
  });
});

describe("masks", () => {
  const masks = JSON.stringify(
    evaluationBy("masks", ["a"], ["mean_dice"], { masks: { labels: { 1: "a" }, nsdToleranceMm: [1] } }),
  );

  const volume = (...voxels: number[]) =>
    gzipSync(niftiFile({ dim: [3, voxels.length, 1, 1], spacing: [1, 1, 1], voxels: Buffer.from(voxels) }));
  const truthFiles = {
    "truth/truth.csv": "id,split\nbrain,public\n",
    "truth/truth/brain.nii.gz": volume(1, 1, 0),
  };

  it("are scored by the truth's cases and files, whose digests are told", async () => {
    const archive = zipFile([{ name: "brain.nii.gz", content: volume(1, 0, 0) }]);
    const root = folder("masks", { "evaluation.json": masks, ...truthFiles, submission: archive });
    const report = await scoreFiles(optionsIn(root));
    const lines = [
      `${sha256(truthFiles["truth/truth.csv"])}  truth.csv\n`,
      `${sha256(truthFiles["truth/truth/brain.nii.gz"])}  truth/brain.nii.gz\n`,
    ];
    expect(report).toMatchObject({
      splits: { public: { mean_dice: 2 / 3 }, private: null },
      primary: { public: 2 / 3, private: null },
      rows: 1,
      cases: { brain: { split: "public", 1: { dice: 2 / 3, hd_mm: 1 } } },
      digests: { truth: sha256(lines.join("")), submission: sha256(archive) },
    });
  });

  it("are not scored by a truth whose ids lead out of its folder", async () => {
    const root = folder("escaping", {
      "evaluation.json": masks,
      "truth/truth.csv": "id\n../x\n",
      submission: "",
    });
    await expect(scoreFiles(optionsIn(root))).rejects.toThrow("truth.csv: “../x” can't be a file's name.");
  });

  it("are not scored by a truth that lacks a volume", async () => {
    const archive = zipFile([{ name: "brain.nii.gz", content: volume(1, 0, 0) }]);
    const { "truth/truth.csv": table } = truthFiles;
    const root = folder("lacking", {
      "evaluation.json": masks,
      "truth/truth.csv": table,
      submission: archive,
    });
    await expect(scoreFiles(optionsIn(root))).rejects.toThrow(/"brain" is missing/);
  });
});

it("a rejection is a problem with its rule and its place", () => {
  const rejection = new Rejection(
    "duplicate-id",
    { line: 4, column: "id", case: "x" },
    "Line 4 is a second x.",
  );
  expect(rejectionProblem(rejection)).toEqual({
    type: "urn:medforge:problem:submission_rejected",
    title: "The submission is rejected",
    status: 422,
    detail: "Line 4 is a second x.",
    rule: "duplicate-id",
    line: 4,
    column: "id",
    case: "x",
  });
});
