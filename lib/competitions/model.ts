import { z } from "zod";
import { pageInput } from "@/lib/kernel/envelope";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { publicId } from "@/lib/kernel/id-schemas";
import { exposures } from "@/lib/workspaces/model";

export const visibilities = ["public", "invite"] as const;
export type Visibility = (typeof visibilities)[number];

export const splits = ["public", "private"] as const;
export type Split = (typeof splits)[number];

/** As their files end. */
export const pictureTypes = ["png", "jpg", "webp"] as const;
export type PictureType = (typeof pictureTypes)[number];

export const evaluationStates = ["CHECKING", "READY", "REFUSED"] as const;
export type EvaluationState = (typeof evaluationStates)[number];

export const scoringStates = ["QUEUED", "SCORING", "SCORED", "REJECTED", "FAILED"] as const;
export type ScoringState = (typeof scoringStates)[number];

/** Of what makes intervals: a submission's resamples, and a board's. */
export const intervalStates = ["DUE", "DONE", "FAILED"] as const;
/** Of what a scoring failed by, in characters: the end of the scorer's log is in it. */
export const maxFailureLength = 4_000;

export const datasetVersionId = publicId("dsv");
export const evaluationId = publicId("evl");
export const submissionId = publicId("sub");

/** A dataset's or a competition's name in addresses. */
export const competitionSlug = z
  .string()
  .trim()
  .max(63, "At most 63 characters.")
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "Lower-case letters and digits, in words joined by single hyphens.");

const line = (most: number) =>
  z.string().trim().min(1).max(most).regex(noControlCharacters, "Leave out control characters.");
/** Of a Markdown text, in characters. */
export const maxTextLength = 200_000;
const markdown = z.string().max(maxTextLength);
const digest = z.string().regex(/^[0-9a-f]{64}$/, "A SHA-256 in lower-case hex.");
const instant = z.iso.datetime();
/** A file's name as people see it; never a path of ours. */
const filename = z
  .string()
  .min(1)
  .max(255)
  .regex(noControlCharacters, "Leave out control characters.")
  .regex(/^[^/\\]+$/, "A file's name, without folders.");

/** The values of a split's metrics by name; null for what its formula leaves undefined. */
const metricValues = z.record(z.string(), z.number().nullable());
export type MetricValues = z.output<typeof metricValues>;
/** Null where the truth has no rows of that split. */
export const storedMetrics = z.strictObject({
  public: metricValues.nullable(),
  private: metricValues.nullable(),
});
export type StoredMetrics = z.output<typeof storedMetrics>;

/** What another program says that the sample scores, by split. */
export const expectedScores = z.partialRecord(z.enum(splits), z.record(z.string(), z.number()));
export type ExpectedScores = z.output<typeof expectedScores>;

const ranking = z.strictObject({ metric: z.string(), direction: z.enum(["max", "min"]) });
export type Ranking = z.output<typeof ranking>;
/** What of an evaluation ranks and is shown; the scorer's own schema has checked the whole. */
export const storedManifest = z.looseObject({
  task: z.string(),
  classes: z.array(z.string()),
  metrics: z.array(z.string()),
  primary: ranking,
  tieBreak: z.array(ranking),
  /** Of masks: what a voxel's value is called. */
  masks: z
    .looseObject({
      labels: z.record(z.string(), z.string()),
      nsdToleranceMm: z.array(z.number()).optional(),
    })
    .optional(),
});
export type StoredManifest = z.output<typeof storedManifest>;
/** Each is eight bytes of the board's key. */
export const maxTieBreaks = 16;

/** Why a submission is rejected, for people and for programs; RFC 9457 with rule and place. */
export const rejectionProblem = z.looseObject({
  detail: z.string(),
  rule: z.string(),
  line: z.number().int().optional(),
  column: z.string().optional(),
  case: z.string().optional(),
});
export type RejectionProblem = z.output<typeof rejectionProblem>;

/** With the folders that it lies in, of a data set such as `images/17.png`; never a way out of them. */
export const datasetFileName = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/,
    "Each part begins with a letter or digit, and has letters, digits, . _ and -.",
  );

const datasetFile = z.strictObject({ name: datasetFileName, bytes: z.number().int().min(0), sha256: digest });

export const createDatasetVersionInput = z
  .strictObject({
    /** Under it the files lie in the store already. */
    id: datasetVersionId,
    slug: competitionSlug,
    title: line(120),
    exposure: z.enum(exposures),
    licence: line(200),
    source: line(1000),
    description: markdown.default(""),
    files: z.array(datasetFile).max(100_000),
  })
  .refine(({ files }) => new Set(files.map(({ name }) => name)).size === files.length, {
    path: ["files"],
    message: "Each name once.",
  });
export type CreateDatasetVersionInput = z.output<typeof createDatasetVersionInput>;

const limit = z.number().int().min(1).max(1_000_000).nullable();

/** What an admin may change at any time. */
const settings = {
  title: line(120),
  summary: line(300),
  description: markdown,
  rules: markdown,
  visibility: z.enum(visibilities),
  dailyLimit: limit,
  totalLimit: limit,
  maxUploadBytes: z
    .number()
    .int()
    .min(1)
    .max(2 ** 40),
  /** Whether people may look at the truth of the public cases, and once it is revealed of the private ones. */
  showsPublicTruth: z.boolean(),
  opensAt: instant.nullable(),
  closesAt: instant.nullable(),
};
export const competitionSettings = z.strictObject(settings).partial();
export type CompetitionSettings = z.output<typeof competitionSettings>;
/** What takes effect together with an evaluation, or not at all. */
export const evaluationEffects = competitionSettings.extend({
  /** In the store under its digest. */
  picture: z.strictObject({ sha256: digest, type: z.enum(pictureTypes) }).optional(),
  /** Of the data. */
  origin: z
    .strictObject({ licence: z.string(), source: z.string(), description: z.string().optional() })
    .optional(),
});
export type EvaluationEffects = z.output<typeof evaluationEffects>;
export const defaultMaxUploadBytes = 100 * 2 ** 20;

const inOrder = { path: ["closesAt"], message: "Later than it opens." };
const opensFirst = ({ opensAt, closesAt }: { opensAt?: string | null; closesAt?: string | null }) =>
  !opensAt || !closesAt || Date.parse(opensAt) < Date.parse(closesAt);

/** What else is below /competitions and /admin/competitions in the console. */
const reservedSlugs: readonly string[] = ["rankings", "new"];

/** For one that is not there yet. */
export const newCompetitionSlug = competitionSlug.refine(
  (slug) => !reservedSlugs.includes(slug),
  "The console has another page there.",
);

export const createCompetitionInput = z
  .strictObject({
    ...settings,
    slug: newCompetitionSlug,
    datasetVersionId,
    description: markdown.default(""),
    rules: markdown.default(""),
    visibility: z.enum(visibilities).default("public"),
    dailyLimit: limit.default(null),
    totalLimit: limit.default(null),
    maxUploadBytes: settings.maxUploadBytes.default(defaultMaxUploadBytes),
    showsPublicTruth: z.boolean().default(false),
    opensAt: instant.nullable().default(null),
    closesAt: instant.nullable().default(null),
  })
  .refine(opensFirst, inOrder);
export type CreateCompetitionInput = z.output<typeof createCompetitionInput>;

export const updateCompetitionInput = z
  .strictObject({ slug: competitionSlug, ...competitionSettings.shape })
  .refine((input) => Object.keys(input).length > 1, { message: "Name at least one thing to change." })
  .refine(
    (input) => opensFirst({ opensAt: input.opensAt ?? null, closesAt: input.closesAt ?? null }),
    inOrder,
  );
export type UpdateCompetitionInput = z.output<typeof updateCompetitionInput>;

export const competitionRef = z.strictObject({ slug: competitionSlug });
export const revealInput = z.strictObject({
  slug: competitionSlug,
  /** The one that is meant: refused where another is in force meanwhile. */
  evaluationId: evaluationId.optional(),
});
export type RevealInput = z.output<typeof revealInput>;
export const addEvaluationInput = z.strictObject({
  /** Under it evaluation.json, sample and truth lie in the store already. */
  id: evaluationId,
  slug: competitionSlug,
  /** The text of evaluation.json. */
  manifest: z.string().max(2 ** 20),
  /** As `digestOfAll` makes it. */
  truthDigest: digest,
  sampleDigest: digest,
  sampleFilename: filename,
  expected: expectedScores.optional(),
  /** Takes effect together with it, or not at all. */
  settings: evaluationEffects.optional(),
  /** On a published competition it takes the place of another only by `putInForce`. */
  waits: z.boolean().optional(),
});
export type AddEvaluationInput = z.output<typeof addEvaluationInput>;

/** Of a file that lies in the store under its digest. */
export const acceptSubmissionInput = z.strictObject({
  slug: competitionSlug,
  /** The same for each try of one upload. */
  uploadId: z
    .string()
    .min(8, "At least 8 characters.")
    .max(64, "At most 64 characters.")
    .regex(/^[A-Za-z0-9_-]+$/, "Letters, digits, _ and -."),
  filename,
  bytes: z.number().int().min(0),
  sha256: digest,
});
export type AcceptSubmissionInput = z.output<typeof acceptSubmissionInput>;

/** A case of the truth, by its id there. */
export const truthRef = competitionRef.extend({
  case: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/),
});
export const pictureRef = competitionRef.extend({ sha256: digest });

export const submissionRef = z.strictObject({ id: submissionId });
export const listSubmissionsInput = pageInput.extend({ slug: competitionSlug });
export type ListSubmissionsInput = z.output<typeof listSubmissionsInput>;
export const submissionFilter = z.strictObject({ competition: competitionSlug.optional() });
export type SubmissionFilter = z.output<typeof submissionFilter>;
export const leaderboardInput = pageInput.extend({
  slug: competitionSlug,
  split: z.enum(splits).default("public"),
  /** An older evaluation's board; the current one's when nothing is said. */
  evaluationId: evaluationId.optional(),
});
export type LeaderboardInput = z.output<typeof leaderboardInput>;

/** A board as a whole. */
export const boardRef = leaderboardInput.omit({ cursor: true, limit: true });
export const datasetRef = z.strictObject({
  slug: competitionSlug,
  /** Of a version; the newest when nothing is said. */
  number: z.coerce.number().int().min(1).max(1_000_000).optional(),
});

export const datasetVersionView = z.strictObject({
  id: datasetVersionId,
  slug: z.string(),
  title: z.string(),
  exposure: z.enum(exposures),
  number: z.number().int(),
  licence: z.string(),
  source: z.string(),
  description: z.string(),
  /** By name. */
  files: z.array(datasetFile),
  createdAt: instant,
});
export type DatasetVersionView = z.output<typeof datasetVersionView>;

export const datasetListItem = datasetVersionView.omit({ files: true, description: true }).extend({
  fileCount: z.number().int(),
  bytes: z.number().int(),
});
export type DatasetListItem = z.output<typeof datasetListItem>;

export const evaluationView = z.strictObject({
  id: evaluationId,
  number: z.number().int(),
  current: z.boolean(),
  state: z.enum(evaluationStates),
  /** Why it is refused. */
  reason: z.string().nullable(),
  task: z.string(),
  classes: z.array(z.string()),
  /** Of masks: what a voxel's value is called, by the value; empty of other tasks. */
  labels: z.record(z.string(), z.string()),
  /** Of masks: the tolerances of `mean_nsd` in mm, whose first is that of the bare name; empty where there is none. */
  nsdToleranceMm: z.array(z.number()),
  metrics: z.array(z.string()),
  primary: ranking,
  tieBreak: z.array(ranking),
  digests: z.strictObject({
    evaluation: digest,
    /** Null for whoever may not see the private split: by it, a guess at the labels could be confirmed. */
    truth: digest.nullable(),
    sample: digest,
  }),
  sampleFilename: z.string(),
  /** What the sample scores on the public split. */
  sampleMetrics: metricValues.nullable(),
  hasPrivate: z.boolean().nullable(),
  /** Whether the viewer sees its private split, which each evaluation has its own of. */
  privateVisible: z.boolean(),
  createdAt: instant,
});
export type EvaluationView = z.output<typeof evaluationView>;

export const competitionListItem = z.strictObject({
  id: publicId("cmp"),
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  exposure: z.enum(exposures),
  visibility: z.enum(visibilities),
  /** The digest of its picture; null: it has none. */
  picture: digest.nullable(),
  /** Null for one that only admins see yet, with what it waits for. */
  publishedAt: instant.nullable(),
  opensAt: instant.nullable(),
  closesAt: instant.nullable(),
  /** Of the evaluation in force. */
  revealedAt: instant.nullable(),
  task: z.string().nullable(),
  primary: ranking.nullable(),
  /** People on the public board. */
  entrants: z.number().int(),
  /** The viewer's own place on it. */
  mine: z.strictObject({ rank: z.number().int(), score: z.number() }).nullable(),
});
export type CompetitionListItem = z.output<typeof competitionListItem>;

/** What of a limit is left to somebody; null: no limit. */
const quotaLeft = z.strictObject({
  dailyLimit: z.number().int().nullable(),
  totalLimit: z.number().int().nullable(),
  usedToday: z.number().int(),
  usedInTotal: z.number().int(),
  /** As many as may be submitted now. */
  left: z.number().int().nullable(),
});
export type QuotaView = z.output<typeof quotaLeft>;

export const competitionView = competitionListItem.extend({
  description: z.string(),
  rules: z.string(),
  maxUploadBytes: z.number().int(),
  showsPublicTruth: z.boolean(),
  dataset: z.strictObject({
    slug: z.string(),
    title: z.string(),
    versionId: datasetVersionId,
    number: z.number(),
  }),
  /** Null before one is READY. */
  evaluation: evaluationView.nullable(),
  /** Whether the viewer sees the private split of the evaluation in force. */
  privateVisible: z.boolean(),
  quota: quotaLeft,
});
export type CompetitionView = z.output<typeof competitionView>;

export const queuePlace = z.strictObject({
  /** Jobs of the competition that come before it, counted as far as `queueCountedTo`. */
  ahead: z.number().int(),
  /** More may be ahead than were counted. */
  more: z.boolean(),
  /** Until its scoring begins, as the last ones went; null while nothing is known. */
  expectedMs: z.number().int().nullable(),
});
export type QueuePlace = z.output<typeof queuePlace>;

export const submissionView = z.strictObject({
  id: submissionId,
  competition: z.string(),
  submitter: z.string(),
  filename: z.string(),
  bytes: z.number().int(),
  sha256: digest,
  /** To the microsecond. */
  acceptedAt: z.string(),
  evaluationId,
  state: z.enum(scoringStates),
  /** It failed on our side and is tried again by itself. */
  retrying: z.boolean(),
  /** Null before the verdict, and for a split that is not there or not to be seen. */
  metrics: storedMetrics.nullable(),
  problem: rejectionProblem.nullable(),
  scorer: z.string().nullable(),
  /** Of the canonical report; null for whoever may not see all of it, since it tells of the private split. */
  reportDigest: digest.nullable(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  durationMs: z.number().int().nullable(),
  /** When the file of one that was rejected was given up; null as long as it can be downloaded. */
  fileDroppedAt: instant.nullable(),
});
export type SubmissionView = z.output<typeof submissionView>;

const caseValue = z.number().nullable().or(z.record(z.string(), z.number().nullable()));
/** What a scoring is made of, as far as its viewer may see. */
export const submissionCases = z.strictObject({
  cases: z.array(
    z.strictObject({ id: z.string(), split: z.enum(splits), values: z.record(z.string(), caseValue) }),
  ),
  /** Why a metric is null. */
  undefined: z.partialRecord(z.enum(splits), z.record(z.string(), z.string())),
  /** Per class, and the confusion matrix, where the task has them. */
  explanation: z.partialRecord(z.enum(splits), z.unknown()),
});
export type SubmissionCases = z.output<typeof submissionCases>;

/** From the least to the most. */
const range = z.tuple([z.number(), z.number()]);
/** 95 % of a bootstrap over the cases: of the score, and of the rank among the board's `placesWithIntervals` best. */
const scoreInterval = z.strictObject({
  score: range,
  rank: range,
  /** Resamples that it is made of. */
  replicates: z.number().int(),
  /** Resamples that leave the metric undefined. */
  leftOut: z.number().int(),
  computedAt: instant,
});
export type ScoreInterval = z.output<typeof scoreInterval>;

export const leaderboardRow = z.strictObject({
  rank: z.number().int(),
  username: z.string(),
  submissionId,
  score: z.number(),
  acceptedAt: z.string(),
  /** The viewer's own. */
  mine: z.boolean(),
  /** It came with the competition: `username` is the administrator who brought it in. */
  baseline: z.boolean(),
  /** As of the last time that they were computed; null before, and further down than `placesWithIntervals`. */
  interval: scoreInterval.nullable(),
  /** Of rows with one score: by which metric it stands where it does, or with null by being the earlier one. */
  tie: z.strictObject({ metric: z.string().nullable(), value: z.number().nullable() }).nullable(),
});
export type LeaderboardRow = z.output<typeof leaderboardRow>;

/** The viewer's own place; `total` is how many have one. */
export const ownPlaceView = z.strictObject({ row: leaderboardRow.nullable(), total: z.number().int() });
export type OwnPlaceView = z.output<typeof ownPlaceView>;

export const historyPoint = z.strictObject({ submissionId, acceptedAt: z.string(), score: z.number() });
export type HistoryPoint = z.output<typeof historyPoint>;

export const rankingRow = z.strictObject({
  rank: z.number().int(),
  username: z.string(),
  points: z.number(),
  competitions: z.number().int(),
  bestRank: z.number().int(),
});
export type RankingRow = z.output<typeof rankingRow>;
