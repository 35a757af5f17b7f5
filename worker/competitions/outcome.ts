import type { BootstrapVerdict } from "@/lib/competitions/intervals/bootstraps";
import type { CheckVerdict } from "@/lib/competitions/lifecycle/check";
import type { Verdict } from "@/lib/competitions/lifecycle/settle";
import { boundTries } from "@/lib/competitions/rules";
import type { ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { assertNever } from "@/lib/kernel/assert";
import { scorerDeadlineMs } from "../tunables";

const tooLong = (what: string) =>
  `Scoring ${what} took longer than the ${scorerDeadlineMs / 60_000} minutes that a submission gets.`;
const tooLarge = (what: string) => `Scoring ${what} took more memory than a submission gets.`;

const anotherJob = "The scorer answered another question than it was asked.";

/** What failed by a bound, its submitter is told. */
const overBound = (detail: string, rule: string): Verdict => ({
  outcome: "failed",
  failure: detail,
  retry: true,
  bound: { detail, rule },
});

export function verdictOf(answer: ScorerAnswer, tookMs: number): Verdict {
  switch (answer.outcome) {
    case "scored":
      return answer;
    case "bootstrapped":
      return { outcome: "failed", failure: anotherJob, retry: true };
    case "rejected":
      return { outcome: "rejected", problem: answer.problem, scorer: answer.scorer, durationMs: tookMs };
    case "broken":
      return {
        outcome: "failed",
        failure: `Evaluation or truth can't be used: ${answer.detail}`,
        retry: true,
      };
    case "out_of_time":
      return overBound(tooLong("it"), "out-of-time");
    case "out_of_memory":
      return overBound(tooLarge("it"), "out-of-memory");
    case "crashed":
      return { outcome: "failed", failure: answer.detail, retry: true };
    default:
      return assertNever(answer);
  }
}

/** Whoever made the evaluation is told what is wrong with it; what is ours is tried again. */
export function checkVerdictOf(answer: ScorerAnswer): CheckVerdict {
  switch (answer.outcome) {
    case "scored":
      return answer;
    case "bootstrapped":
      return { outcome: "failed", failure: anotherJob };
    case "rejected":
      return { outcome: "refused", reason: `The sample submission is rejected: ${answer.problem.detail}` };
    case "broken":
      return { outcome: "refused", reason: answer.detail };
    case "out_of_time":
      return { outcome: "failed", failure: tooLong("it") };
    case "out_of_memory":
      return { outcome: "failed", failure: tooLarge("it") };
    case "crashed":
      return { outcome: "failed", failure: answer.detail };
    default:
      return assertNever(answer);
  }
}

/** The submission was scored by the same files: what is wrong now is ours. */
export function bootstrapVerdictOf(answer: ScorerAnswer, attempts: number): BootstrapVerdict {
  const failed = (failure: string, retry: boolean) => ({ outcome: "failed", failure, retry }) as const;
  switch (answer.outcome) {
    case "bootstrapped":
      return answer;
    case "scored":
      return failed(anotherJob, true);
    case "rejected":
      return failed(`The scorer rejects what it has scored: ${answer.problem.detail}`, true);
    case "broken":
    case "crashed":
      return failed(answer.detail, true);
    case "out_of_time":
      return failed(tooLong("its resamples"), attempts < boundTries);
    case "out_of_memory":
      return failed(tooLarge("its resamples"), attempts < boundTries);
    default:
      return assertNever(answer);
  }
}
