import { z } from "zod";
import type { ExpectedScores } from "../model";
import type { ScoreReport } from "../scoring/score";
import { splits } from "../scoring/task";

/** The submissions that a folder brings along. */
export const givenSubmissions = ["sample_submission", "baseline_submission"] as const;
export type GivenSubmission = (typeof givenSubmissions)[number];

/** A metric's value, or those of its classes; what the evaluation does not name is a remark. */
const scores = z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())]));

/** `checks.json`: what another program has scored the folder's submissions with, by `<submission>/<split>`. */
export const checksSchema = z.strictObject({
  "sample_submission/public": scores.optional(),
  "sample_submission/private": scores.optional(),
  "baseline_submission/public": scores.optional(),
  "baseline_submission/private": scores.optional(),
});
export type Checks = z.output<typeof checksSchema>;

/** |ours - theirs| <= 1e-9 · max(1, |theirs|): what adding in another order costs, and no more. */
const tolerance = 1e-9;

/** A score that came out otherwise than the folder says. */
export interface Difference {
  readonly submission: GivenSubmission;
  readonly split: (typeof splits)[number];
  readonly metric: string;
  readonly expected: number;
  /** Null where it is undefined, or the split has no cases. */
  readonly actual: number | null;
}

/** Compares the metrics that both have. */
export function differences(
  checks: Checks,
  submission: GivenSubmission,
  report: Pick<ScoreReport, "splits">,
): Difference[] {
  return splits.flatMap((split) =>
    Object.entries(checks[`${submission}/${split}`] ?? {}).flatMap(([metric, expected]) => {
      const actual = report.splits[split]?.[metric];
      const isCompared =
        typeof expected === "number" && (actual !== undefined || report.splits[split] === null);
      if (!isCompared || isNear(actual ?? null, expected)) return [];
      return [{ submission, split, metric, expected, actual: actual ?? null }];
    }),
  );
}

/** What the sample is said to score. A class's value is for the command that checks a folder. */
export function expectedOf(checks: Checks | null): ExpectedScores {
  return Object.fromEntries(
    splits.map((split) => {
      const named = Object.entries(checks?.[`sample_submission/${split}`] ?? {});
      return [split, Object.fromEntries(named.filter(([, value]) => typeof value === "number"))];
    }),
  );
}

/** A sentence for each score of the sample that is not as expected. */
export function unexpectedScores(expected: ExpectedScores, splitScores: ScoreReport["splits"]): string[] {
  const checks = {
    "sample_submission/public": expected.public,
    "sample_submission/private": expected.private,
  };
  return differences(checks, "sample_submission", { splits: splitScores }).map(
    ({ split, metric, expected: wanted, actual }) =>
      `The sample's ${split} ${metric} is ${actual}, and ${wanted} in private/checks.json.`,
  );
}

function isNear(actual: number | null, expected: number): boolean {
  return actual !== null && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}
