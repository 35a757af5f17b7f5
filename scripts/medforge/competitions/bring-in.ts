import { setTimeout as pause } from "node:timers/promises";
import { acceptBaseline } from "@/lib/competitions/commands/baseline";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { differences, expectedOf, unexpectedScores } from "@/lib/competitions/folder/checks";
import type { CompetitionFolder } from "@/lib/competitions/folder/read";
import { type CompetitionStore, storeSubmission } from "@/lib/competitions/folder/store";
import { evaluationVerdict, submissionVerdict } from "@/lib/competitions/queries/verdict";
import type { Progress } from "../context";

const lookEveryMs = 200;

interface Patience {
  readonly progress: Progress;
  /** Ends the waiting; the worker goes on. */
  readonly signal?: AbortSignal;
}

/** Looks until `find` finds something. @throws the signal's reason */
async function awaited<T>(
  { progress, signal }: Patience,
  doing: string,
  find: () => Promise<T | null>,
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const found = await find();
    if (found !== null) return found;
    progress(`${doing} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    await pause(lookEveryMs);
  }
}

type EvaluationVerdict = Awaited<ReturnType<typeof evaluationVerdict>>;

/** What the worker says of an evaluation, however long that takes. */
export function awaitVerdict(
  { db }: CommandContext,
  evaluation: string,
  patience: Patience,
): Promise<EvaluationVerdict> {
  return awaited(patience, "waiting for the worker's check", async () => {
    const verdict = await evaluationVerdict(db, evaluation);
    return verdict.state === "CHECKING" ? null : verdict;
  });
}

const ended = ["SCORED", "REJECTED", "FAILED"] as const;

export interface BaselineOutcome {
  /** What came of it, in words. */
  readonly told: string;
  /** Why that is not what the folder means, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * Submits the folder's baseline as the administrator who brings it in, once, and waits for its score: a line on the board
 * like anybody else's, from a file that says what it is.
 */
export async function submitBaseline(
  context: CommandContext,
  store: CompetitionStore,
  { competition, baseline, checks }: CompetitionFolder,
  patience: Patience,
): Promise<BaselineOutcome> {
  if (baseline === null) return { told: "none in the folder", problems: [] };
  await storeSubmission(store, baseline);
  const { name: filename, size: bytes, sha256 } = baseline;
  const accepted = await acceptBaseline(context, competition, { filename, bytes, sha256 });
  // Not open yet, closed, or internal and the administrator is not allowed there.
  if ("refusal" in accepted) return { told: `not submitted: ${accepted.refusal}`, problems: [] };
  const { id } = accepted;
  const verdict = await awaited(patience, "waiting for the baseline's score", async () => {
    const now = await submissionVerdict(context.db, id);
    return now !== null && ended.some((state) => state === now.state) ? now : null;
  });
  const { state, metrics } = verdict;
  const by = `as ${context.actor.username} (${id})`;
  if (state !== "SCORED" || metrics === null) {
    const why = verdict.problem?.detail ?? verdict.failure ?? "";
    return { told: `${state} ${by}`, problems: [`The baseline is ${state}: ${why}`] };
  }
  const problems = differences(checks ?? {}, "baseline_submission", { splits: metrics }).map(
    ({ split, metric, expected, actual }) =>
      `The baseline's ${split} ${metric} is ${actual}, and ${expected} in private/checks.json.`,
  );
  return { told: `${state} ${JSON.stringify(metrics)} ${by}`, problems };
}

/** What the folder's own checks say otherwise than the worker of the sample, a sentence each. */
export function unexpected({ checks }: CompetitionFolder, { sampleMetrics }: EvaluationVerdict): string[] {
  return sampleMetrics === null ? [] : unexpectedScores(expectedOf(checks), sampleMetrics);
}
