import { styleText } from "node:util";
import { BrokenEvaluation, Rejection } from "@/lib/competitions/scoring/errors";
import { rejectionProblem, type ScoreOptions, scoreFiles } from "@/lib/competitions/scoring/score";
import { isMissing } from "@/lib/kernel/missing";
import { told } from "../errors";

/**
 * Scores a submission by files alone: no installation, no database, no root.
 * @returns 0 and a score on standard output, 1 and why the submission gets none, or 2 with the reason on standard error
 * where that is not the submission's fault
 */
export async function scoreCommand(options: ScoreOptions): Promise<0 | 1 | 2> {
  try {
    printJson(await scoreFiles(options));
    return 0;
  } catch (error) {
    if (error instanceof Rejection) {
      printJson(rejectionProblem(error));
      return 1;
    }
    console.error(`${styleText("red", "✗")} ${reasonOf(error)}`);
    return 2;
  }
}

function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}

function isMissingFile(error: unknown): error is NodeJS.ErrnoException & { path: string } {
  return isMissing(error) && "path" in error;
}

/** A file that can't be read needs no stack. */
function reasonOf(error: unknown): string {
  if (isMissingFile(error)) return `There is no file ${error.path}.`;
  const isExpected = error instanceof BrokenEvaluation || (error instanceof Error && "syscall" in error);
  return isExpected ? error.message : told(error);
}
