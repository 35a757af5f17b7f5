import { readFileSync, writeSync } from "node:fs";
import type { ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { bootstrapFiles } from "@/lib/competitions/scoring/bootstrap/files";
import { checkEvaluation } from "@/lib/competitions/scoring/check";
import { BrokenEvaluation, isOutOfMemory, Rejection } from "@/lib/competitions/scoring/errors";
import { rejectionProblem, scoreFiles, scorerVersion } from "@/lib/competitions/scoring/score";
import { becomeAlone } from "./alone";
import { answerLine } from "./answer";
import { type ChildJob, childJob } from "./store";

/** Where the service reads the answer; what anything prints goes to the job's log. */
const answerDescriptor = 3;

async function answerTo(job: ChildJob): Promise<ScorerAnswer> {
  const startedAt = performance.now();
  try {
    if (job.job === "bootstrap") {
      const report = await bootstrapFiles(job);
      return { outcome: "bootstrapped", report, durationMs: performance.now() - startedAt };
    }
    if (job.job === "check") await checkEvaluation(job);
    const report = await scoreFiles({ ...job, explain: true });
    return { outcome: "scored", report, durationMs: performance.now() - startedAt };
  } catch (error) {
    if (error instanceof Rejection)
      return { outcome: "rejected", problem: rejectionProblem(error), scorer: scorerVersion };
    if (error instanceof BrokenEvaluation) return { outcome: "broken", detail: error.message };
    if (isOutOfMemory(error)) return { outcome: "out_of_memory" };
    throw error;
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

await becomeAlone();
// The whole of standard input is one job; none, where the service has no use for this process any more.
const told = readFileSync(0, "utf8");
if (told !== "") writeAll(answerDescriptor, answerLine(await answerTo(childJob.parse(JSON.parse(told)))));
process.exit(0);
