import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitions, datasets, datasetVersions, evaluations } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Exposure } from "@/lib/workspaces/model";
import type { CompetitionListItem, CompetitionView, EvaluationView } from "../model";
import { localDay, quotaLeft, seesPrivate } from "../rules";
import { assertSide, type CompetitionRow, visibleCompetition, visibleTo } from "./find";
import { countedSubmissions } from "./quota";
import { type Standing, standingsOn } from "./standings";

type EvaluationRow = typeof evaluations.$inferSelect;

/** What every list says of a competition; of its evaluation what is in the manifest, and whether it is revealed. */
export function listFacts(
  row: CompetitionRow,
  evaluation: Pick<EvaluationRow, "manifest"> | null,
  revealedAt: Date | null,
) {
  return {
    id: row.publicId,
    slug: row.slug,
    title: row.title,
    summary: row.summary,
    exposure: row.exposure,
    visibility: row.visibility,
    picture: row.pictureSha256,
    publishedAt: row.publishedAt?.toISOString() ?? null,
    opensAt: row.opensAt?.toISOString() ?? null,
    closesAt: row.closesAt?.toISOString() ?? null,
    revealedAt: revealedAt?.toISOString() ?? null,
    task: evaluation?.manifest.task ?? null,
    primary: evaluation?.manifest.primary ?? null,
  };
}

function toListItem(
  row: CompetitionRow,
  evaluation: Pick<EvaluationRow, "manifest" | "revealedAt"> | null,
  standing: Standing | undefined,
): CompetitionListItem {
  const facts = listFacts(row, evaluation, evaluation?.revealedAt ?? null);
  return { ...facts, ...(standing ?? { entrants: 0, mine: null }) };
}

/**
 * The competitions of one exposure that the actor may see, newest first.
 * @throws AppError `forbidden` on the internal side without the grant
 */
export async function listCompetitions(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  page: PageInput,
): Promise<Page<CompetitionListItem>> {
  assertSide(actor, exposure);
  const after = decodeCursor(page.cursor, publicIdPattern("cmp"));
  const rows = await db
    .select({
      competition: competitions,
      evaluation: { manifest: evaluations.manifest, revealedAt: evaluations.revealedAt },
    })
    .from(competitions)
    .leftJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .where(
      and(
        visibleTo(actor, exposure),
        after === undefined
          ? undefined
          : lt(competitions.id, sql`(select c.id from ${competitions} c where c.public_id = ${after})`),
      ),
    )
    .orderBy(desc(competitions.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.competition.publicId);
  const standings = await standingsOn(
    db,
    actor.userId,
    shown.flatMap(({ competition }) => competition.currentEvaluationId ?? []),
  );
  const data = shown.map(({ competition, evaluation }) =>
    toListItem(competition, evaluation, standings.get(competition.currentEvaluationId ?? 0)),
  );
  return { data, nextCursor };
}

export function toEvaluationView(actor: Actor, row: EvaluationRow, currentId: number | null): EvaluationView {
  const { task, classes, masks, metrics, primary, tieBreak } = row.manifest;
  const privateVisible = seesPrivate(row.revealedAt, can(actor, "competition.manage"));
  const truth = privateVisible || row.hasPrivate === false ? row.truthDigest : null;
  return {
    id: row.publicId,
    number: row.number,
    current: row.id === currentId,
    state: row.state,
    reason: row.reason,
    ...{ task, classes, labels: masks?.labels ?? {}, metrics, primary, tieBreak },
    nsdToleranceMm: masks?.nsdToleranceMm ?? [],
    digests: { evaluation: row.evaluationDigest, truth, sample: row.sampleDigest },
    sampleFilename: row.sampleFilename,
    sampleMetrics: row.sampleMetrics?.public ?? null,
    hasPrivate: row.hasPrivate,
    privateVisible,
    createdAt: row.createdAt.toISOString(),
  };
}

/**
 * A competition as the actor may see it, with what is left of their quota.
 * @param zone the lab's, in which days are counted
 * @throws AppError `not_found` also when it is not for the actor
 */
export async function getCompetition(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  { slug, zone }: { slug: string; zone: string },
): Promise<CompetitionView> {
  const row = await visibleCompetition(db, actor, exposure, slug);
  const [[found], [evaluation]] = await Promise.all([
    db
      .select({ slug: datasets.slug, title: datasets.title, version: datasetVersions, now: dbNow })
      .from(datasetVersions)
      .innerJoin(datasets, eq(datasets.id, datasetVersions.datasetId))
      .where(eq(datasetVersions.id, row.datasetVersionId)),
    db
      .select()
      .from(evaluations)
      .where(eq(evaluations.id, row.currentEvaluationId ?? 0)),
  ]);
  const dataset = required(found, "the competition's data set");
  const who = { competitionId: row.id, userId: actor.userId };
  const used = await countedSubmissions(db, who, localDay(dataset.now, zone));
  const standings = await standingsOn(db, actor.userId, evaluation ? [evaluation.id] : []);
  return {
    ...toListItem(row, evaluation ?? null, standings.get(evaluation?.id ?? 0)),
    description: row.description,
    rules: row.rules,
    maxUploadBytes: row.maxUploadBytes,
    showsPublicTruth: row.showsPublicTruth,
    dataset: {
      slug: dataset.slug,
      title: dataset.title,
      versionId: dataset.version.publicId,
      number: dataset.version.number,
    },
    evaluation: evaluation ? toEvaluationView(actor, evaluation, row.currentEvaluationId) : null,
    privateVisible: seesPrivate(evaluation?.revealedAt ?? null, can(actor, "competition.manage")),
    quota: quotaLeft(row, used.today, used.total),
  };
}

/** One that was never in force is for administrators alone: people are told of it when it takes force. */
function shownTo(actor: Actor): SQL | undefined {
  return can(actor, "competition.manage") ? undefined : eq(evaluations.waits, false);
}

/**
 * A competition's evaluations, the newest first: those that are or were in force, and for admins all.
 * @throws AppError `not_found` also when the competition is not for the actor
 */
export async function listEvaluations(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  slug: string,
): Promise<EvaluationView[]> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  const rows = await db
    .select()
    .from(evaluations)
    .where(
      and(
        eq(evaluations.competitionId, competition.id),
        can(actor, "competition.manage") ? undefined : eq(evaluations.state, "READY"),
        shownTo(actor),
      ),
    )
    .orderBy(desc(evaluations.number));
  return rows.map((row) => toEvaluationView(actor, row, competition.currentEvaluationId));
}

/**
 * One evaluation of a competition that the actor may see: the current one when none is named.
 * @throws AppError `not_found`
 */
export async function readyEvaluation(
  db: DbOrTx,
  actor: Actor,
  competition: CompetitionRow,
  publicId?: string,
): Promise<EvaluationRow> {
  const [row] = await db
    .select()
    .from(evaluations)
    .where(
      and(
        eq(evaluations.competitionId, competition.id),
        eq(evaluations.state, "READY"),
        publicId === undefined
          ? eq(evaluations.id, competition.currentEvaluationId ?? 0)
          : eq(evaluations.publicId, publicId),
        shownTo(actor),
      ),
    );
  if (row) return row;
  throw new AppError("not_found", publicId ? `No evaluation ${publicId}.` : "No evaluation is ready yet.");
}
