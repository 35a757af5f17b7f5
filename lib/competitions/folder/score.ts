import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ScoreReport, scoreFiles } from "../scoring/score";
import { type Difference, differences, type GivenSubmission, givenSubmissions } from "./checks";
import { copyFiles } from "./copy";
import type { CompetitionFolder } from "./read";
import { evaluationFiles } from "./store";

export interface GivenScore {
  readonly submission: GivenSubmission;
  readonly report: ScoreReport;
  /** From what checks.json says; none where it says nothing. */
  readonly differences: readonly Difference[];
}

/**
 * Scores the submissions that a folder brings along, from a copy of its own.
 * @throws Rejection, BrokenEvaluation as `scoreFiles`
 */
export async function scoreGiven(folder: CompetitionFolder): Promise<GivenScore[]> {
  const dir = await mkdtemp(join(tmpdir(), "medforge-competition-"));
  try {
    await copyFiles(evaluationFiles(folder), dir);
    const scored: GivenScore[] = [];
    for (const submission of givenSubmissions) {
      const file = submission === "sample_submission" ? folder.sample : folder.baseline;
      if (file === null) continue;
      await writeFile(join(dir, "submission"), file.open());
      const report = await scoreFiles({
        evaluation: join(dir, "evaluation.json"),
        truth: join(dir, "truth"),
        submission: join(dir, "submission"),
      });
      scored.push({ submission, report, differences: differences(folder.checks ?? {}, submission, report) });
    }
    return scored;
  } finally {
    await rm(dir, { recursive: true });
  }
}
