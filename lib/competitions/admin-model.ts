import { z } from "zod";
import { competitionListItem, evaluationView, submissionId } from "./model";

const instant = z.iso.datetime();

/** A competition as administrators see it in their list. */
export const managedCompetition = competitionListItem.omit({ mine: true }).extend({
  /** The newest, whatever its state; null before one was added. */
  newestEvaluation: evaluationView.nullable(),
  submissions: z.number().int(),
});
export type ManagedCompetition = z.output<typeof managedCompetition>;

export const scoringOverview = z.strictObject({
  queues: z.array(
    z.strictObject({
      competition: z.string(),
      queued: z.number().int(),
      /** Failed, and waiting to be tried again. */
      retrying: z.number().int(),
      running: z.number().int(),
      meanMs: z.number().int().nullable(),
      servedAt: z.string().nullable(),
    }),
  ),
  running: z.array(
    z.strictObject({
      submissionId,
      competition: z.string(),
      submitter: z.string(),
      worker: z.string(),
      attempts: z.number().int(),
      startedAt: instant,
    }),
  ),
  failures: z.array(
    z.strictObject({
      submissionId,
      competition: z.string(),
      submitter: z.string(),
      failure: z.string(),
      attempts: z.number().int(),
      finishedAt: instant,
    }),
  ),
  /** What leaderboards' intervals wait for, and what they failed by; nobody's score depends on it. */
  intervals: z.strictObject({
    waiting: z.number().int(),
    failures: z.array(
      z.strictObject({
        competition: z.string(),
        /** A submission's id, or the board of a split. */
        what: z.string(),
        failure: z.string(),
        attempts: z.number().int(),
        finishedAt: instant,
      }),
    ),
  }),
});
export type ScoringOverview = z.output<typeof scoringOverview>;
