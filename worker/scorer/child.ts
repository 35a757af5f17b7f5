import { readFileSync, writeSync } from "node:fs";
import { maxAnswerBytes, type ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { checkEvaluation } from "@/lib/competitions/scoring/check";
import { BrokenEvaluation, isOutOfMemory, Rejection } from "@/lib/competitions/scoring/errors";
import { rejectionProblem, scoreFiles } from "@/lib/competitions/scoring/score";
import { type ChildJob, childJob } from "./store";

/** Where the service reads the answer; what anything prints goes to the job's log. */
const answerDescriptor = 3;

async function answerTo(job: ChildJob): Promise<ScorerAnswer> {
  const startedAt = performance.now();
  try {
    if (job.check) await checkEvaluation(job);
    const report = await scoreFiles({ ...job, explain: true });
    return { outcome: "scored", report, durationMs: performance.now() - startedAt };
  } catch (error) {
    if (error instanceof Rejection) return { outcome: "rejected", problem: rejectionProblem(error) };
    if (error instanceof BrokenEvaluation) return { outcome: "broken", detail: error.message };
    if (isOutOfMemory(error)) return { outcome: "out_of_memory" };
    throw error;
  }
}

/** How many cases and classes there are is the evaluation's doing. */
function bounded(answer: ScorerAnswer): string {
  const whole = lineOf(answer);
  if (whole !== null) return whole;
  const withoutCases =
    answer.outcome === "scored" ? lineOf({ ...answer, report: { ...answer.report, cases: {} } }) : null;
  const detail = `The report would be larger than ${maxAnswerBytes} bytes: there are too many classes.`;
  return withoutCases ?? `${JSON.stringify({ outcome: "broken", detail } satisfies ScorerAnswer)}\n`;
}

/** Null where it is too long. */
function lineOf(answer: ScorerAnswer): string | null {
  const line = `${JSON.stringify(answer)}\n`;
  return Buffer.byteLength(line) <= maxAnswerBytes ? line : null;
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

// The whole of standard input is one job; none, where the service has no use for this process any more.
const told = readFileSync(0, "utf8");
if (told !== "") writeAll(answerDescriptor, bounded(await answerTo(childJob.parse(JSON.parse(told)))));
process.exit(0);
