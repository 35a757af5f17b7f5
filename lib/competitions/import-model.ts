import { z } from "zod";
import { publicId } from "@/lib/kernel/id-schemas";
import { exposures } from "@/lib/workspaces/model";
import {
  acceptSubmissionInput,
  competitionSettings,
  competitionSlug,
  evaluationEffects,
  evaluationId,
  evaluationStates,
} from "./model";

/** An uploaded folder: it waits, is read, and is refused with its faults or has become a competition or an evaluation. */
export const importStates = ["WAITING", "READING", "REFUSED", "IMPORTED"] as const;

/** What it is read for, one after the other. */
export const importSteps = ["unpack", "read", "store"] as const;
export type ImportStep = (typeof importSteps)[number];

export const importProgress = z.strictObject({
  step: z.enum(importSteps),
  /** Bytes of the folder's files that are unpacked, of `total`. */
  done: z.number().int(),
  total: z.number().int(),
});
export type ImportProgress = z.output<typeof importProgress>;

/** One thing that is wrong with an uploaded folder; a line is named in the message. */
export const importProblem = z.strictObject({
  file: z.string(),
  field: z.string().optional(),
  message: z.string(),
});
export type ImportProblem = z.output<typeof importProblem>;

/** What an import makes otherwise of a competition that is there, as people read it. */
export const importChange = z.strictObject({
  /** As the folder calls it, such as `limits.daily`. */
  field: z.string(),
  before: z.string(),
  after: z.string(),
});
export type ImportChange = z.output<typeof importChange>;

/** What a folder says of a competition that is there. */
export const importWishes = z.strictObject({
  settings: competitionSettings,
  picture: evaluationEffects.shape.picture,
  origin: evaluationEffects.shape.origin,
});
export type ImportWishes = z.output<typeof importWishes>;

/** What was brought in. */
export const importOutcome = z.strictObject({
  /** The competition is there since this; false where it was there, and was changed. */
  created: z.boolean(),
  counts: z.strictObject({ public: z.number().int(), private: z.number().int() }),
  /** Files to download; null of an evaluation alone. */
  files: z.number().int().nullable(),
  /** Submitted when the competition is published. */
  baseline: z.strictObject({ filename: z.string(), bytes: z.number().int(), sha256: z.string() }).nullable(),
  /** What it made otherwise of a competition that was there. */
  changed: importChange.array().default([]),
  /** What waits for an administrator's word; null where nothing does, or it was given. */
  waiting: importWishes.nullable().default(null),
});
export type ImportOutcome = z.output<typeof importOutcome>;

export const importId = publicId("imp");
export const importRef = z.strictObject({ id: importId });
export const confirmImportInput = importRef.extend({
  /** Whether a competition that is for those invited may become everybody's, where the folder says so. */
  widen: z.boolean().default(false),
});
export type ConfirmImportInput = z.output<typeof confirmImportInput>;

/** What a zip that is brought in says of itself. */
export const acceptImportInput = z.strictObject({
  uploadId: acceptSubmissionInput.shape.uploadId,
  filename: acceptSubmissionInput.shape.filename,
  bytes: z.number().int().min(1, "It is empty."),
  /** The competition that it is an evaluation for; null for a whole competition. */
  target: competitionSlug.nullable(),
});
export type AcceptImportInput = z.output<typeof acceptImportInput>;

export const importView = z.strictObject({
  id: importId,
  filename: z.string(),
  bytes: z.number().int(),
  exposure: z.enum(exposures),
  target: z.string().nullable(),
  state: z.enum(importStates),
  progress: importProgress.nullable(),
  problems: importProblem.array(),
  /** How many more there are than are told. */
  moreProblems: z.number().int(),
  /** Null before it was brought in. */
  competition: z
    .strictObject({
      slug: z.string(),
      title: z.string(),
      created: z.boolean(),
      publishedAt: z.iso.datetime().nullable(),
      cases: z.strictObject({ public: z.number().int(), private: z.number().int() }),
      files: z.number().int().nullable(),
      hasBaseline: z.boolean(),
      /** What it made otherwise of a competition that was there. */
      changed: importChange.array(),
    })
    .nullable(),
  /** What it would change as soon as an administrator says so; null where nothing waits. */
  waiting: z
    .strictObject({
      changes: importChange.array(),
      /** That everybody sees what those invited see now is among them. */
      widens: z.boolean(),
      /** Its evaluation would take this one's place; null where it is in force. */
      replaces: z.strictObject({ number: z.number().int(), revealed: z.boolean() }).nullable(),
      /** Whether the private split of its own evaluation is open. */
      revealed: z.boolean(),
      /** People who have submitted. */
      submitters: z.number().int(),
    })
    .nullable(),
  /** What the worker says of its evaluation. */
  evaluation: z
    .strictObject({
      id: evaluationId,
      number: z.number().int(),
      state: z.enum(evaluationStates),
      reason: z.string().nullable(),
      current: z.boolean(),
    })
    .nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ImportView = z.output<typeof importView>;

export const publishedImport = z.strictObject({
  slug: competitionSlug,
  /** The baseline's submission; null where there is none, or it was not taken. */
  baseline: z.string().nullable(),
});
export type PublishedImport = z.output<typeof publishedImport>;
