import { z } from "zod";
import { publicId } from "@/lib/kernel/id-schemas";

/**
 * What worker and scorer say to each other over the scorer's socket: one connection, one line of JSON each way. The
 * connection's end ends the job.
 */

/** A submission's name in the store: the SHA-256 of its content in hex. */
const digest = z.string().regex(/^[0-9a-f]{64}$/, "A SHA-256 in 64 lower-case hexadecimal digits.");

/** An hour for one submission would be a mistake in what the competition asks for. */
const longestMs = 3_600_000;
/** Node itself takes a fifth of the least. */
const memoryMb = { least: 256, most: 65_536 } as const;

const bounds = {
  evaluation: publicId("evl"),
  /** From when its turn comes, in ms; how long it waits for that is nobody's fault. */
  deadlineMs: z.int().min(1).max(longestMs),
  /** All that the job may hold in memory, in MiB. */
  memoryMb: z.int().min(memoryMb.least).max(memoryMb.most),
  /** Nobody waits for it: it gives way to all that is not. */
  lowPriority: z.boolean().optional(),
};

/**
 * `check` judges the evaluation and its truth, and scores the evaluation's own sample; `bootstrap` scores resamples of the
 * cases by what ranks. Never a path.
 */
export const scorerRequest = z.discriminatedUnion("job", [
  z.strictObject({ job: z.literal("score"), submission: digest, ...bounds }),
  z.strictObject({ job: z.literal("check"), ...bounds }),
  z.strictObject({ job: z.literal("bootstrap"), submission: digest, ...bounds }),
]);
export type ScorerRequest = z.output<typeof scorerRequest>;

const split = z.enum(["public", "private"]);
const value = z.number().nullable();
const values = z.record(z.string(), value);

const perSplit = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject({ public: schema, private: schema });

/** False and true positives at each threshold. */
const rankingCurve = z.strictObject({
  positives: z.int(),
  negatives: z.int(),
  points: z.array(z.tuple([z.int(), z.int()]).readonly()).readonly(),
});

const explanation = z.strictObject({
  perClass: z.record(z.string(), values),
  confusion: z.array(z.array(z.number()).readonly()).readonly().nullable(),
  curves: z.record(z.string(), rankingCurve).optional(),
});

const digests = z.strictObject({ evaluation: digest, truth: digest, submission: digest });

/** `ScoreReport` of the scoring engine. */
export const scoreReport = z.strictObject({
  splits: perSplit(values.nullable()),
  primary: perSplit(value),
  rows: z.int(),
  cases: z.record(z.string(), z.record(z.string(), z.union([value, split, values]))),
  undefined: z.partialRecord(split, z.record(z.string(), z.string())).optional(),
  explanation: perSplit(explanation.nullable()).optional(),
  scorer: z.string(),
  digests,
});

const replicates = z.strictObject({
  cases: z.int(),
  score: value,
  values: z.array(value).readonly(),
});

/** `BootstrapReport` of the scoring engine. */
const bootstrapReport = z.strictObject({
  splits: perSplit(replicates.nullable()),
  scorer: z.string(),
  digests,
});

/** Most characters of a text for people: it may be by a job that a file took over, and is no way out for a truth. */
export const maxTextLength = { submitter: 500, admin: 4_000 } as const;
const forSubmitter = z.string().max(maxTextLength.submitter);
const forAdmin = z.string().max(maxTextLength.admin);

/** Why a submission gets no score, as RFC 9457 has it: the rule, and the line or the case. */
export const submissionProblem = z.strictObject({
  type: z.literal("urn:medforge:problem:submission_rejected"),
  title: z.string(),
  status: z.literal(422),
  detail: forSubmitter,
  rule: forSubmitter,
  line: z.int().optional(),
  column: forSubmitter.optional(),
  case: forSubmitter.optional(),
});

export const scorerAnswer = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("scored"), report: scoreReport, durationMs: z.number() }),
  z.strictObject({ outcome: z.literal("bootstrapped"), report: bootstrapReport, durationMs: z.number() }),
  /** By the submitter's fault; of a check: by the sample's. */
  z.strictObject({ outcome: z.literal("rejected"), problem: submissionProblem, scorer: z.string() }),
  /** By the fault of evaluation or truth. */
  z.strictObject({ outcome: z.literal("broken"), detail: forAdmin }),
  z.strictObject({ outcome: z.literal("out_of_time") }),
  z.strictObject({ outcome: z.literal("out_of_memory") }),
  /** By ours; with the end of what the job wrote to its log. */
  z.strictObject({ outcome: z.literal("crashed"), detail: forAdmin }),
]);
export type ScorerAnswer = z.output<typeof scorerAnswer>;

/**
 * Longest answer, in bytes. What a report says case by case is left out where it would pass this, as of some forty
 * thousand rows: nobody looks at so many one by one, and each submission's are kept.
 */
export const maxAnswerBytes = 4 * 1024 * 1024;
