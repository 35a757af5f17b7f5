import { join } from "node:path";
import { z } from "zod";
import type { ScorerRequest } from "@/lib/competitions/scorer-protocol";

/** What a child is told: paths, which the service alone makes. */
export const childJob = z.strictObject({
  /** Whether evaluation and truth are judged before. */
  check: z.boolean(),
  evaluation: z.string(),
  truth: z.string(),
  submission: z.string(),
});
export type ChildJob = z.output<typeof childJob>;

/** Where the store has what a request names; the request's patterns leave no way out of it. */
export function jobIn(store: string, request: ScorerRequest): ChildJob {
  const folder = join(store, "evaluations", request.evaluation);
  const evaluation = { evaluation: join(folder, "evaluation.json"), truth: join(folder, "truth") };
  if (request.job === "check") return { check: true, ...evaluation, submission: join(folder, "sample") };
  const { submission } = request;
  return {
    check: false,
    ...evaluation,
    submission: join(store, "submissions", submission.slice(0, 2), submission),
  };
}
