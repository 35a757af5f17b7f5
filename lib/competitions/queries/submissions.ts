import { and, desc, eq, inArray, lt, not, notInArray, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { DbOrTx } from "@/db/client";
import { competitions, evaluations, scoringReports, scorings, submissions, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Exposure } from "@/lib/workspaces/model";
import {
  type ListSubmissionsInput,
  type Split,
  type SubmissionCases,
  type SubmissionFilter,
  type SubmissionView,
  splits,
  submissionCases,
} from "../model";
import { seesPrivate } from "../rules";
import { onSidesOf, visibleCompetition } from "./find";

/** With the scoring under the competition's current evaluation: null until it is queued. */
function submissionRows(db: DbOrTx) {
  return db
    .select({
      submission: submissions,
      submitter: users.username,
      competition: { slug: competitions.slug, exposure: competitions.exposure },
      evaluation: {
        publicId: evaluations.publicId,
        hasPrivate: evaluations.hasPrivate,
        revealedAt: evaluations.revealedAt,
      },
      scoring: scorings,
    })
    .from(submissions)
    .innerJoin(users, eq(users.id, submissions.userId))
    .innerJoin(competitions, eq(competitions.id, submissions.competitionId))
    .innerJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .leftJoin(
      scorings,
      and(eq(scorings.submissionId, submissions.id), eq(scorings.evaluationId, evaluations.id)),
    )
    .$dynamic();
}

export type SubmissionRow = Awaited<ReturnType<typeof submissionRows>>[number];

function privateShown(actor: Actor, { evaluation }: SubmissionRow): boolean {
  return seesPrivate(evaluation.revealedAt, can(actor, "competition.manage"));
}

function toView(actor: Actor, row: SubmissionRow): SubmissionView {
  const { submission, scoring, competition, evaluation } = row;
  const shown = privateShown(actor, row);
  const metrics = scoring?.metrics ?? null;
  return {
    id: submission.publicId,
    competition: competition.slug,
    submitter: row.submitter,
    filename: submission.filename,
    bytes: submission.bytes,
    sha256: submission.sha256,
    acceptedAt: submission.acceptedAt,
    evaluationId: evaluation.publicId,
    // One that was rejected and whose file was given up is not queued under a later evaluation.
    state: scoring?.state ?? (submission.fileDroppedAt ? "REJECTED" : "QUEUED"),
    fileDroppedAt: submission.fileDroppedAt?.toISOString() ?? null,
    retrying: scoring?.state === "QUEUED" && scoring.failure !== null,
    metrics: metrics && { public: metrics.public, private: shown ? metrics.private : null },
    problem: scoring?.problem ?? null,
    scorer: scoring?.scorer ?? null,
    reportDigest: shown || evaluation.hasPrivate === false ? (scoring?.reportDigest ?? null) : null,
    startedAt: scoring?.startedAt?.toISOString() ?? null,
    finishedAt: scoring?.finishedAt?.toISOString() ?? null,
    durationMs: scoring?.durationMs ?? null,
  };
}

/**
 * The actor's submissions to a competition, newest first.
 * @throws AppError `not_found` when the competition is not for the actor
 */
export async function listSubmissions(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  { slug, ...page }: ListSubmissionsInput,
): Promise<Page<SubmissionView>> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  const mine = and(eq(submissions.competitionId, competition.id), eq(submissions.userId, actor.userId));
  return submissionPage(db, actor, mine, page);
}

/** The page's ids are found in their index alone: joined first, all that come after would be read for each page. */
async function submissionPage(
  db: DbOrTx,
  actor: Actor,
  which: SQL | undefined,
  page: PageInput,
): Promise<Page<SubmissionView>> {
  const after = decodeCursor(page.cursor, publicIdPattern("sub"));
  const before =
    after === undefined
      ? undefined
      : lt(submissions.id, sql`(select s.id from ${submissions} s where s.public_id = ${after})`);
  const found = await db
    .select({ id: submissions.id })
    .from(submissions)
    .where(and(which, before))
    .orderBy(desc(submissions.id))
    .limit(page.limit + 1);
  const ids = found.map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await submissionRows(db).where(inArray(submissions.id, ids)).orderBy(desc(submissions.id));
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.submission.publicId);
  return { data: shown.map((row) => toView(actor, row)), nextCursor };
}

/**
 * Everybody's submissions, newest first, for admins; of what is internal with the grant.
 * @throws AppError `forbidden` for anyone else, `invalid` (cursor)
 */
export async function listAllSubmissions(
  db: DbOrTx,
  actor: Actor,
  { competition, ...page }: PageInput & SubmissionFilter,
): Promise<Page<SubmissionView>> {
  if (!can(actor, "scoring.inspect")) throw new AppError("forbidden", "This needs the admin role.");
  return submissionPage(db, actor, await shownTo(db, actor, competition), page);
}

/** By the ids of competitions, which are few, so that the submissions' own order can be followed. */
async function shownTo(db: DbOrTx, actor: Actor, slug: string | undefined): Promise<SQL | undefined> {
  const idsOf = async (which: SQL | undefined) => {
    const rows = await db.select({ id: competitions.id }).from(competitions).where(which);
    return rows.map(({ id }) => id);
  };
  if (slug !== undefined) {
    const [id = 0] = await idsOf(and(eq(competitions.slug, slug), onSidesOf(actor)));
    return eq(submissions.competitionId, id);
  }
  const sides = onSidesOf(actor);
  const hidden = sides === undefined ? [] : await idsOf(not(sides));
  return hidden.length === 0 ? undefined : notInArray(submissions.competitionId, hidden);
}

/**
 * A submission of the actor's; an admin may see anyone's, of what is internal with the grant.
 * @param exposure null for the admin's routes, which reach both
 * @throws AppError `not_found` also when it is someone else's
 */
export async function readableSubmission(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure | null,
  publicId: string,
): Promise<SubmissionRow> {
  const [row] = await submissionRows(db).where(
    and(
      eq(submissions.publicId, publicId),
      exposure === null ? undefined : eq(competitions.exposure, exposure),
    ),
  );
  const ofSide = row?.competition.exposure === "external" || can(actor, "internal.use");
  if (row && ofSide && can(actor, "submission.read", { ownerId: row.submission.userId })) return row;
  throw new AppError("not_found", `No submission ${publicId}.`);
}

/** @throws AppError `not_found` also when it is someone else's */
export async function getSubmission(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure | null,
  publicId: string,
): Promise<SubmissionView> {
  return toView(actor, await readableSubmission(db, actor, exposure, publicId));
}

/** What of a stored report the page of its cases is made of. */
const storedReport = z.looseObject({
  cases: z.record(z.string(), z.looseObject({ split: z.enum(splits) })),
  undefined: submissionCases.shape.undefined.optional(),
  explanation: z.partialRecord(z.enum(splits), z.unknown()).optional(),
});

/**
 * What a submission's score is made of, case by case in the order of their ids, without those of a split that the actor
 * may not see. Empty before it is scored.
 * @throws AppError `not_found` also when it is someone else's
 */
export async function getSubmissionCases(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure | null,
  publicId: string,
): Promise<SubmissionCases> {
  const row = await readableSubmission(db, actor, exposure, publicId);
  const [stored] = await db
    .select({ report: scoringReports.report })
    .from(scoringReports)
    .where(eq(scoringReports.scoringId, row.scoring?.id ?? 0));
  if (!stored) return { cases: [], undefined: {}, explanation: {} };
  const report = storedReport.parse(JSON.parse(stored.report));
  const shown: readonly Split[] = privateShown(actor, row) ? splits : ["public"];
  const only = <T>(bySplit: Partial<Record<Split, T>> | undefined): Partial<Record<Split, T>> =>
    Object.fromEntries(shown.flatMap((split) => (bySplit?.[split] == null ? [] : [[split, bySplit[split]]])));
  const cases = Object.entries(report.cases).map(([id, { split, ...values }]) => ({ id, split, values }));
  return submissionCases.parse({
    cases: cases.filter(({ split }) => shown.includes(split)),
    undefined: only(report.undefined),
    explanation: only(report.explanation),
  });
}
