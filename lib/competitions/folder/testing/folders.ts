import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { niftiFile } from "../../scoring/testing/nifti-file";
import { InvalidFolder } from "../problems";
import { type CompetitionFolder, readCompetitionFolder } from "../read";

/** Content by path; null leaves a file out. */
export type Files = Readonly<Record<string, string | Buffer | null>>;

const json = (value: unknown) => JSON.stringify(value, null, 1);

export const binaryEvaluation = {
  schema: "medforge/evaluation@1",
  task: "binary_probability",
  classes: ["benign", "malignant"],
  metrics: ["roc_auc", "log_loss"],
  primary: { metric: "roc_auc", direction: "max" },
};

export const masksEvaluation = {
  schema: "medforge/evaluation@1",
  task: "masks",
  classes: ["nucleus"],
  masks: { labels: { "1": "nucleus" } },
  metrics: ["mean_dice"],
  primary: { metric: "mean_dice", direction: "max" },
};

export const competitionFile = {
  schema: "medforge/competition@1",
  slug: "small-one",
  title: "A small one",
  source: "Made up",
  licence: "CC0-1.0",
};

/** A competition that is whole: two cases of each split. */
export const binaryFiles: Files = {
  "competition.json": json(competitionFile),
  "evaluation.json": json(binaryEvaluation),
  "description.md": "# A small one\n",
  "public/train.csv": "id,width,label\nt1,3,benign\n",
  "public/test.csv": "id,width\na1,3\n",
  "public/sample_submission.csv": "id,probability\na1,0.5\na2,0.5\na3,0.5\na4,0.5\n",
  "private/truth.csv":
    "id,label,split\na1,malignant,public\na2,benign,public\na3,benign,private\na4,malignant,private\n",
  "private/baseline_submission.csv": "id,probability\na1,0.8\na2,0.3\na3,0.6\na4,0.4\n",
  "private/checks.json": json({ "baseline_submission/public": { roc_auc: 1, threshold: 0.5 } }),
};

const volume = (voxels: number[]) => gzipSync(niftiFile({ voxels: Buffer.from(voxels) }));

/** Two volumes of 2 x 2 x 2 voxels; its sample is a folder, its baseline is missing. */
export const maskFiles: Files = {
  "competition.json": json({ ...competitionFile, slug: "small-masks" }),
  "evaluation.json": json(masksEvaluation),
  "public/images/m1.nii.gz": volume([1, 2, 3, 4, 5, 6, 7, 8]),
  "public/sample_submission/m1.nii.gz": volume([1, 1, 0, 0, 0, 0, 0, 0]),
  "public/sample_submission/m2.nii.gz": volume([0, 0, 0, 0, 0, 0, 1, 1]),
  "private/truth.csv": "id,split\nm1,public\nm2,private\n",
  "private/truth/m1.nii.gz": volume([1, 0, 0, 0, 0, 0, 0, 0]),
  "private/truth/m2.nii.gz": volume([0, 0, 0, 0, 0, 0, 0, 1]),
};

/** A folder of these files below the system's temporary one, which the test removes with `parent`. */
export function writeFolder(parent: string, files: Files): string {
  const dir = mkdtempSync(join(parent, "folder-"));
  for (const [name, content] of Object.entries(files)) {
    if (content === null) continue;
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

export function temporaryParent(): string {
  return mkdtempSync(join(tmpdir(), "medforge-folders-"));
}

/** Reads a folder of these files. */
export function readFiles(parent: string, files: Files): Promise<CompetitionFolder> {
  return readCompetitionFolder(writeFolder(parent, files));
}

/** What is found wrong with a folder, a line each; fails where nothing is. */
export async function problemsOf(dir: string): Promise<string[]> {
  try {
    await readCompetitionFolder(dir);
  } catch (error) {
    if (error instanceof InvalidFolder) return error.message.split("\n");
    throw error;
  }
  throw new Error("The folder was found to be whole.");
}
