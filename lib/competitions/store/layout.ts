import { join } from "node:path";

const sha256Hex = /^[0-9a-f]{64}$/;
const publicId = /^[a-z]{3}_[a-z2-7]{16}$/;
/** What the truth of masks can be called: a file's name without its ending. */
const caseId = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const uploadName = /^[A-Za-z0-9_-]+$/;
/** With the folders that it lies in. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** What came from a row is checked once more before it is part of a path. */
function checked(part: string, pattern: RegExp): string {
  if (!pattern.test(part)) throw new Error(`The store has no file called ${JSON.stringify(part)}.`);
  return part;
}

/** Where the store has what; `dir` is MEDFORGE_COMPETITIONS_DIR. Only names: set-up gives owners and modes. */
export function storeLayout(dir: string) {
  const submissions = join(dir, "submissions");
  return {
    /** What arrives in parts, and is not whole yet. */
    uploads: join(dir, "uploads"),
    upload: (uploadId: string) => join(dir, "uploads", checked(uploadId, uploadName)),
    imports: join(dir, "imports"),
    /** An uploaded folder, while it is read. */
    importing: (importId: string) => join(dir, "imports", checked(importId, publicId)),
    submissions,
    /** What is arriving in one go. On the file system of what it becomes, and with its group; nobody else may enter. */
    staged: join(submissions, "staged"),
    submissionFolder: (sha256: string) => join(submissions, checked(sha256, sha256Hex).slice(0, 2)),
    submission: (sha256: string) => join(submissions, sha256.slice(0, 2), checked(sha256, sha256Hex)),
    datasetFile: (versionId: string, name: string) =>
      join(dir, "datasets", checked(versionId, publicId), checked(name, fileName)),
    sample: (evaluationId: string) => join(dir, "evaluations", checked(evaluationId, publicId), "sample"),
    /** The folder that the scorer takes as the evaluation's truth. */
    truth: (evaluationId: string) => join(dir, "evaluations", checked(evaluationId, publicId), "truth"),
    truthVolume: (evaluationId: string, id: string) =>
      join(
        dir,
        "evaluations",
        checked(evaluationId, publicId),
        "truth/truth",
        `${checked(id, caseId)}.nii.gz`,
      ),
    picture: (sha256: string) => join(dir, "pictures", checked(sha256, sha256Hex)),
  } as const;
}

export type StoreLayout = ReturnType<typeof storeLayout>;
