import { join } from "node:path";
import { z } from "zod";
import type { ScorerRequest } from "@/lib/competitions/scorer-protocol";
import { fenced } from "./fence";

/** What a child is told: paths inside its fence, which the service alone makes. */
export const childJob = z.strictObject({
  /** Of a check, evaluation and truth are judged before. */
  job: z.enum(["score", "check", "bootstrap"]),
  evaluation: z.string(),
  truth: z.string(),
  submission: z.string(),
  /** What the job may hold, in MiB: an evaluation has to do with it, whatever is submitted. */
  memoryMb: z.number(),
});
export type ChildJob = z.output<typeof childJob>;

/** Where a child finds what a request names. */
export function jobIn(request: ScorerRequest): ChildJob {
  const folder = fenced.evaluation;
  const { job, memoryMb } = request;
  const evaluation = { evaluation: join(folder, "evaluation.json"), truth: join(folder, "truth"), memoryMb };
  if (job === "check") return { job, ...evaluation, submission: join(folder, "sample") };
  return { job, ...evaluation, submission: join(fenced.submissions, request.submission) };
}
