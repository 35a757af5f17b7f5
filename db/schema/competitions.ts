import {
  type AnyMySqlColumn,
  bigint,
  boolean,
  date,
  foreignKey,
  index,
  int,
  longtext,
  mediumtext,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import {
  evaluationEffects,
  evaluationStates,
  expectedScores,
  maxFailureLength,
  pictureTypes,
  rejectionProblem,
  scoringStates,
  splits,
  storedManifest,
  storedMetrics,
  visibilities,
} from "@/lib/competitions/model";
import { exposures } from "@/lib/workspaces/model";
import { users } from "./auth";
import { bytes, exactDouble, id, instant, json, microInstant, publicId, ref, sha256 } from "./util";

const slug = () => varchar("slug", { length: 63 });
const fileBytes = (name: string) => bigint(name, { mode: "number", unsigned: true });

export const datasets = mysqlTable(
  "datasets",
  {
    id: id(),
    publicId: publicId().notNull(),
    slug: slug().notNull(),
    title: varchar("title", { length: 120 }).notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("datasets_public_id").on(t.publicId),
    unique("datasets_slug").on(t.slug),
    // Target of the composite foreign key that makes versions, and through them competitions, obey exposure.
    unique("datasets_exposure").on(t.id, t.exposure),
  ],
);

/** Its files are written once: what a competition rests on never changes under it. What is said of them may be corrected. */
export const datasetVersions = mysqlTable(
  "dataset_versions",
  {
    id: id(),
    publicId: publicId().notNull(),
    datasetId: ref("dataset_id").notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    number: int("number").notNull(),
    licence: varchar("licence", { length: 200 }).notNull(),
    source: varchar("source", { length: 1000 }).notNull(),
    /** Markdown. */
    description: mediumtext("description").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("dataset_versions_public_id").on(t.publicId),
    unique("dataset_versions_number").on(t.datasetId, t.number),
    unique("dataset_versions_exposure").on(t.id, t.exposure),
    foreignKey({
      name: "dataset_versions_dataset_fk",
      columns: [t.datasetId, t.exposure],
      foreignColumns: [datasets.id, datasets.exposure],
    }),
  ],
);

export const datasetFiles = mysqlTable(
  "dataset_files",
  {
    id: id(),
    versionId: ref("version_id")
      .notNull()
      .references(() => datasetVersions.id),
    name: varchar("name", { length: 200 }).notNull(),
    bytes: fileBytes("bytes").notNull(),
    sha256: sha256("sha256").notNull(),
  },
  (t) => [unique("dataset_files_name").on(t.versionId, t.name)],
);

/** Its type is spelled out: the two tables name each other. */
const evaluationOfCompetition = (): [AnyMySqlColumn, AnyMySqlColumn] => [
  evaluations.id,
  evaluations.competitionId,
];

export const competitions = mysqlTable(
  "competitions",
  {
    id: id(),
    publicId: publicId().notNull(),
    slug: slug().notNull(),
    title: varchar("title", { length: 120 }).notNull(),
    summary: varchar("summary", { length: 300 }).notNull(),
    /** Markdown, as the rules are. */
    description: mediumtext("description").notNull(),
    rules: mediumtext("rules").notNull(),
    datasetVersionId: ref("dataset_version_id").notNull(),
    exposure: mysqlEnum("exposure", exposures).notNull(),
    visibility: mysqlEnum("visibility", visibilities).notNull(),
    /** Submissions per person and day of the lab's zone, and altogether; null: no limit. */
    dailyLimit: int("daily_limit"),
    totalLimit: int("total_limit"),
    maxUploadBytes: fileBytes("max_upload_bytes").notNull(),
    /** Whether people may look at the truth of the cases whose scores they see. */
    showsPublicTruth: boolean("shows_public_truth").notNull().default(false),
    /** In the store under its digest; null: none. */
    pictureSha256: sha256("picture_sha256"),
    pictureType: mysqlEnum("picture_type", pictureTypes),
    opensAt: instant("opens_at"),
    closesAt: instant("closes_at"),
    publishedAt: instant("published_at"),
    /** Of those that are READY the one that was asked for last; null before there is one. */
    currentEvaluationId: ref("current_evaluation_id"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("competitions_public_id").on(t.publicId),
    unique("competitions_slug").on(t.slug),
    // The catalogue, newest first.
    index("competitions_catalogue").on(t.exposure, t.id),
    // Behind the two foreign keys.
    index("competitions_dataset").on(t.datasetVersionId, t.exposure),
    index("competitions_current").on(t.currentEvaluationId, t.id),
    foreignKey({
      name: "competitions_dataset_fk",
      columns: [t.datasetVersionId, t.exposure],
      foreignColumns: [datasetVersions.id, datasetVersions.exposure],
    }),
    foreignKey({
      name: "competitions_current_fk",
      columns: [t.currentEvaluationId, t.id],
      foreignColumns: evaluationOfCompetition(),
    }),
  ],
);

/** Who may see a competition that is by invitation. */
export const competitionInvites = mysqlTable(
  "competition_invites",
  {
    competitionId: ref("competition_id")
      .notNull()
      .references(() => competitions.id),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.competitionId, t.userId] }),
    index("competition_invites_user").on(t.userId),
  ],
);

/** How submissions are scored: frozen by its digests, checked by the worker before anything is scored by it. */
export const evaluations = mysqlTable(
  "evaluations",
  {
    id: id(),
    publicId: publicId().notNull(),
    competitionId: ref("competition_id")
      .notNull()
      .references(() => competitions.id),
    number: int("number").notNull(),
    /** Higher each time that an evaluation of the competition is brought in, this one again too. */
    asked: int("asked").notNull(),
    manifest: json("manifest", storedManifest).notNull(),
    evaluationDigest: sha256("evaluation_digest").notNull(),
    truthDigest: sha256("truth_digest").notNull(),
    sampleDigest: sha256("sample_digest").notNull(),
    /** What the sample is called when people download it. */
    sampleFilename: varchar("sample_filename", { length: 255 }).notNull(),
    /** What the sample is said to score: another score refuses it. */
    expected: json("expected", expectedScores),
    /** What of the competition takes effect with it. */
    settings: json("settings", evaluationEffects),
    /** Where the competition is published it takes the place of another only when an administrator says so; of one that is
     * READY that it has never been in force. */
    waits: boolean("waits").notNull().default(false),
    state: mysqlEnum("state", evaluationStates).notNull().default("CHECKING"),
    /** Why it is refused. */
    reason: varchar("reason", { length: 2000 }),
    sampleMetrics: json("sample_metrics", storedMetrics),
    /** Whether the truth has a private split; null before the check. */
    hasPrivate: boolean("has_private"),
    claimOwner: varchar("claim_owner", { length: 64 }),
    claimExpiresAt: instant("claim_expires_at"),
    /** No renewal goes beyond it. */
    deadlineAt: instant("deadline_at"),
    attempts: int("attempts").notNull().default(0),
    /** How many of them failed by us; the others were lost with their workers. */
    failures: int("failures").notNull().default(0),
    nextAttemptAt: instant("next_attempt_at").notNull(),
    /** Submissions up to this one have a scoring under it; null where nothing older is left to queue. */
    queuedThroughId: ref("queued_through_id"),
    /** Entrants are told once it has scored everything that is older than it. */
    toAnnounce: boolean("to_announce").notNull().default(false),
    createdAt: instant("created_at").notNull(),
    checkedAt: instant("checked_at"),
    /** From here on everybody sees its private split. Each evaluation's own: a new one may have other private cases. */
    revealedAt: instant("revealed_at"),
  },
  (t) => [
    unique("evaluations_public_id").on(t.publicId),
    unique("evaluations_number").on(t.competitionId, t.number),
    // Target of composite foreign keys: what belongs to one competition is scored by its evaluations alone.
    unique("evaluations_competition").on(t.id, t.competitionId),
    // The worker's claim.
    index("evaluations_due").on(t.state, t.nextAttemptAt),
    // Those under which older submissions are still to be queued.
    index("evaluations_unqueued").on(t.queuedThroughId),
  ],
);

/** A person in a competition: the row that their acceptances and their places on its boards are locked by. */
export const competitionEntrants = mysqlTable(
  "competition_entrants",
  {
    competitionId: ref("competition_id")
      .notNull()
      .references(() => competitions.id),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.competitionId, t.userId] }),
    index("competition_entrants_user").on(t.userId),
  ],
);

/** Whose turn it is among competitions. Apart from them, since each claim writes it. */
export const competitionQueues = mysqlTable("competition_queues", {
  competitionId: ref("competition_id")
    .primaryKey()
    .references(() => competitions.id),
  /** When a scoring of it was last claimed. */
  servedAt: microInstant("served_at"),
  /** How long one scoring takes, a running mean that only expected times are made of. */
  meanMs: int("mean_ms"),
});

export const submissions = mysqlTable(
  "submissions",
  {
    id: id(),
    publicId: publicId().notNull(),
    competitionId: ref("competition_id").notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    /** By which it gets its first verdict, that the quota is counted by: current when it was accepted, or a later one that
     * came before the verdict. */
    firstEvaluationId: ref("first_evaluation_id").notNull(),
    /** Chosen by the uploader, so that an upload that is sent again is the same submission. */
    uploadId: varchar("upload_id", { length: 64 }).notNull(),
    filename: varchar("filename", { length: 255 }).notNull(),
    bytes: fileBytes("bytes").notNull(),
    sha256: sha256("sha256").notNull(),
    acceptedAt: microInstant("accepted_at").notNull(),
    /** Of the acceptance, in the lab's zone: what the daily limit counts by. */
    localDay: date("local_day", { mode: "string" }).notNull(),
    /** Its file was given up then, long after it was rejected; null: it is there. */
    fileDroppedAt: instant("file_dropped_at"),
    /** It came with the competition: on the board, but in nobody's name in the rankings. */
    baseline: boolean("baseline").notNull().default(false),
  },
  (t) => [
    unique("submissions_public_id").on(t.publicId),
    unique("submissions_upload").on(t.userId, t.uploadId),
    // Target of the composite foreign key that makes scorings obey competition and submitter.
    unique("submissions_tenant").on(t.id, t.competitionId, t.userId),
    // One's own, newest first; and one's quota.
    index("submissions_mine").on(t.competitionId, t.userId, t.id),
    // Queueing all of a competition's under a new evaluation.
    index("submissions_competition").on(t.competitionId, t.id),
    // What somebody sent of late, in bytes.
    index("submissions_bytes").on(t.userId, t.acceptedAt, t.bytes),
    // Whether a file of the store is still named.
    index("submissions_sha256").on(t.sha256),
    // Behind the foreign key.
    index("submissions_evaluation").on(t.firstEvaluationId, t.competitionId),
    foreignKey({
      name: "submissions_evaluation_fk",
      columns: [t.firstEvaluationId, t.competitionId],
      foreignColumns: [evaluations.id, evaluations.competitionId],
    }),
  ],
);

/** A submission under an evaluation: the queue, and what came out. */
export const scorings = mysqlTable(
  "scorings",
  {
    id: id(),
    submissionId: ref("submission_id").notNull(),
    evaluationId: ref("evaluation_id").notNull(),
    competitionId: ref("competition_id").notNull(),
    userId: ref("user_id").notNull(),
    state: mysqlEnum("state", scoringStates).notNull().default("QUEUED"),
    /** Queued because the evaluation is new, not the submission: nobody waits for it, so it goes last. */
    rescoring: boolean("rescoring").notNull(),
    /** Which round of the competition's users it belongs to; see `nextTurn`. */
    turn: bigint("turn", { mode: "number", unsigned: true }).notNull(),
    /** Null: may be claimed. Else it failed, and waits until then. */
    retryAt: instant("retry_at"),
    attempts: int("attempts").notNull().default(0),
    /** How many of them failed by us, and how many ran over a bound; the others were lost with their workers. */
    failures: int("failures").notNull().default(0),
    overBounds: int("over_bounds").notNull().default(0),
    claimOwner: varchar("claim_owner", { length: 64 }),
    claimExpiresAt: instant("claim_expires_at"),
    /** No renewal goes beyond it. */
    deadlineAt: instant("deadline_at"),
    queuedAt: instant("queued_at").notNull(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    durationMs: int("duration_ms"),
    metrics: json("metrics", storedMetrics),
    scorer: varchar("scorer", { length: 20 }),
    /** SHA-256 of the canonical report. */
    reportDigest: sha256("report_digest"),
    /** Why it is REJECTED, or by which bound it FAILED. */
    problem: json("problem", rejectionProblem),
    /** What went wrong on our side last; for admins. */
    failure: varchar("failure", { length: maxFailureLength }),
    /** When it was given up, for an admin to see to; null unless it was. A verdict that it had before stands. */
    failedAt: instant("failed_at"),
  },
  (t) => [
    unique("scorings_once").on(t.submissionId, t.evaluationId),
    // The claim: a competition's next, and how many of it run; retries that have come due.
    index("scorings_queue").on(t.state, t.retryAt, t.competitionId, t.rescoring, t.turn, t.id),
    // Leases that ran out.
    index("scorings_leases").on(t.state, t.claimExpiresAt),
    // A person's last turn among those that wait or run.
    index("scorings_turns").on(t.competitionId, t.userId, t.state, t.rescoring, t.turn),
    // A person's under one evaluation, oldest first: their history, and the board rebuilt.
    index("scorings_user").on(t.evaluationId, t.userId, t.submissionId),
    // Failures, newest first.
    index("scorings_failed").on(t.failedAt),
    // Behind the two foreign keys; all of an evaluation by id.
    index("scorings_submission").on(t.submissionId, t.competitionId, t.userId),
    index("scorings_evaluation").on(t.evaluationId, t.competitionId),
    foreignKey({
      name: "scorings_submission_fk",
      columns: [t.submissionId, t.competitionId, t.userId],
      foreignColumns: [submissions.id, submissions.competitionId, submissions.userId],
    }),
    foreignKey({
      name: "scorings_evaluation_fk",
      columns: [t.evaluationId, t.competitionId],
      foreignColumns: [evaluations.id, evaluations.competitionId],
    }),
  ],
);

/** The canonical report, as its digest was made of it. Apart from the queue: it may be megabytes. */
export const scoringReports = mysqlTable("scoring_reports", {
  scoringId: ref("scoring_id")
    .primaryKey()
    .references(() => scorings.id, { onDelete: "cascade" }),
  report: longtext("report").notNull(),
});

/** Each user's best, a projection of the scorings: their rows' order on disk is the board. */
export const leaderboardEntries = mysqlTable(
  "leaderboard_entries",
  {
    evaluationId: ref("evaluation_id")
      .notNull()
      .references(() => evaluations.id),
    split: mysqlEnum("split", splits).notNull(),
    /** See `orderKey`: the smaller the better, and no two alike. */
    orderKey: bytes("order_key", 255).notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    submissionId: ref("submission_id")
      .notNull()
      .references(() => submissions.id),
    score: exactDouble("score").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.evaluationId, t.split, t.orderKey] }),
    // One's own place.
    unique("leaderboard_entries_best").on(t.evaluationId, t.split, t.userId),
    // Behind the two foreign keys.
    index("leaderboard_entries_user").on(t.userId),
    index("leaderboard_entries_submission").on(t.submissionId),
  ],
);
