import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Db } from "@/db/client";
import { canonicalJson, canonicalReport, differingDigests } from "@/lib/competitions/lifecycle/report";
import type { StoredMetrics } from "@/lib/competitions/model";
import {
  currentEvaluation,
  type StoredScore,
  scoresBehind,
  storedScores,
} from "@/lib/competitions/queries/stored-scores";
import { type ScorerAnswer, scoreReport } from "@/lib/competitions/scorer-protocol";
import type { ScoreReport } from "@/lib/competitions/scoring/score";
import { splits } from "@/lib/competitions/scoring/task";
import type { ScorerClient } from "@/worker/adapters/scorer";

/** Differing cases that are named of one submission. */
const namedCases = 5;

export interface VerifyOptions {
  readonly slug: string;
  /** Public id of the submission behind which to go on. */
  readonly after: string | undefined;
  /** Submissions at the scorer at once. */
  readonly parallel: number;
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

/** What was found of one stored score; nothing where it came out bit for bit the same. */
export interface Verified {
  readonly submission: string;
  readonly differences: readonly string[];
  readonly done: number;
  readonly total: number;
}

/**
 * Scores everything that is scored or rejected under the competition's evaluation in force once more and compares: what the
 * rows say, the stored report, its digest, and the report that the scorer makes now. Nothing is written, and submissions
 * that are to be scored go before.
 * @throws AppError `not_found`, `conflict`; ScorerLost where the scorer is away
 */
export async function* verifyScores(
  db: Db,
  scorer: ScorerClient,
  options: VerifyOptions,
): AsyncGenerator<Verified> {
  const evaluation = await currentEvaluation(db, options.slug);
  const { after, count: total } = await scoresBehind(db, evaluation.id, options.after);
  const { deadlineMs, memoryMb, parallel } = options;
  const rescore = async (stored: StoredScore) => {
    const request = { job: "score", evaluation: evaluation.publicId, submission: stored.sha256 } as const;
    const answer = await scorer.run({ ...request, deadlineMs, memoryMb, lowPriority: true });
    const { evaluationDigest, truthDigest } = evaluation;
    const digests = { evaluation: evaluationDigest, truth: truthDigest, submission: stored.sha256 };
    return differencesOf(stored, answer, digests);
  };
  let [last, done] = [after, 0];
  for (;;) {
    const some = await storedScores(db, evaluation.id, last, parallel);
    if (some.length === 0) return;
    const found = await Promise.all(some.map(rescore));
    for (const [index, { submission, submissionId }] of some.entries()) {
      [last, done] = [submissionId, done + 1];
      yield { submission, differences: found[index] ?? [], done, total };
    }
  }
}

function differencesOf(stored: StoredScore, answer: ScorerAnswer, digests: ScoreReport["digests"]): string[] {
  if (stored.reportDigest === null) return rejectionDifferences(stored, answer);
  const kept = keptReport(stored);
  if (typeof kept === "string") return [kept];
  const onRecord = metricDifferences(stored.metrics, kept.splits, "on record", "in its stored report");
  if (answer.outcome !== "scored") return [...onRecord, `The scorer now says ${JSON.stringify(answer)}.`];
  const files = differingDigests(answer.report, digests).map(
    (name) =>
      `The ${name} in the store is not the one on record: ${answer.report.digests[name]}, not ${digests[name]}.`,
  );
  const { digest } = canonicalReport(answer.report);
  if (digest === stored.reportDigest) return [...onRecord, ...files];
  return [...onRecord, ...files, ...reportDifferences(kept, answer.report)];
}

function rejectionDifferences({ problem, scorer }: StoredScore, answer: ScorerAnswer): string[] {
  if (answer.outcome !== "rejected") return [`Rejected then; the scorer now says ${JSON.stringify(answer)}.`];
  if (isDeepStrictEqual(problem, answer.problem)) return [];
  const versions = scorer === answer.scorer ? "" : ` (scorer ${scorer} then, ${answer.scorer} now)`;
  return [`${JSON.stringify(problem)} then, ${JSON.stringify(answer.problem)} now${versions}.`];
}

/** The stored report, or why it is not the one that its digest was made of. */
function keptReport({ report, reportDigest }: StoredScore): ScoreReport | string {
  if (report === null) return "Its stored report is missing.";
  const digest = createHash("sha256").update(report).digest("hex");
  if (digest !== reportDigest) return `Its stored report has the digest ${digest}, not ${reportDigest}.`;
  return scoreReport.parse(JSON.parse(report));
}

function metricDifferences(
  one: StoredMetrics | null,
  other: StoredMetrics,
  ofOne: string,
  ofOther: string,
): string[] {
  return splits.flatMap((split) => {
    const [a, b] = [one?.[split] ?? {}, other[split] ?? {}];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((metric) => !Object.is(a[metric], b[metric]))
      .map((metric) => `${split} ${metric}: ${a[metric]} ${ofOne}, ${b[metric]} ${ofOther}.`);
  });
}

/** By value: the stored report has its keys in order, and the scorer says them as it comes by them. */
export function reportDifferences(kept: ScoreReport, now: ScoreReport): string[] {
  const versions = kept.scorer === now.scorer ? [] : [`Scorer ${kept.scorer} then, ${now.scorer} now.`];
  const metrics = metricDifferences(kept.splits, now.splits, "then", "now");
  const ids = [...new Set([...Object.keys(kept.cases), ...Object.keys(now.cases)])];
  const textOf = ({ cases: all }: ScoreReport, id: string) => canonicalJson(all[id] ?? null);
  const cases = ids.filter((id) => textOf(kept, id) !== textOf(now, id));
  const named = cases
    .slice(0, namedCases)
    .map((id) => `Case ${id}: ${textOf(kept, id)} then, ${textOf(now, id)} now.`);
  const left = cases.length - namedCases;
  const more = left > 0 ? [left === 1 ? "1 further case differs." : `${left} further cases differ.`] : [];
  const all = [...versions, ...metrics, ...named, ...more];
  return all.length > 0 ? all : ["What is undefined, or the explanation per class, is otherwise."];
}
