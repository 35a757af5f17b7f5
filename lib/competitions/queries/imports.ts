import { and, eq } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitionImports, competitions, evaluations } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { ImportView, ImportWishes } from "../import-model";
import { changesBy, presentCompetition, widens } from "./import-changes";

/** An upload of the actor's that is an import by now; null where none was called so. */
export async function arrivedImport(
  db: DbOrTx,
  actor: Actor,
  uploadId: string,
): Promise<{ id: string; bytes: number } | null> {
  const [row] = await db
    .select({ id: competitionImports.publicId, bytes: competitionImports.bytes })
    .from(competitionImports)
    .where(and(eq(competitionImports.userId, actor.userId), eq(competitionImports.uploadId, uploadId)));
  return row ?? null;
}

/** Problems that one look shows. */
const problemsShown = 200;

/**
 * An import as administrators see it, with what the worker says of the evaluation; of what is internal with the grant.
 * @throws AppError `forbidden` for anyone else, `not_found`
 */
export async function getImport(db: DbOrTx, actor: Actor, publicId: string): Promise<ImportView> {
  const row = await importRow(db, actor, publicId);
  const { one, evaluation, competition } = row;
  const problems = one.problems ?? [];
  return {
    id: one.publicId,
    filename: one.filename,
    bytes: one.bytes,
    exposure: one.exposure,
    target: one.target,
    state: one.state,
    progress: one.state === "READING" ? one.progress : null,
    problems: problems.slice(0, problemsShown),
    moreProblems: Math.max(0, problems.length - problemsShown),
    competition: competitionOf(row),
    evaluation: evaluation && {
      id: evaluation.publicId,
      number: evaluation.number,
      state: evaluation.state,
      reason: evaluation.reason,
      current: evaluation.id === competition?.currentEvaluationId,
    },
    waiting: await waitingOf(db, row),
    createdAt: one.createdAt.toISOString(),
    finishedAt: one.finishedAt?.toISOString() ?? null,
  };
}

interface ImportRow {
  readonly one: typeof competitionImports.$inferSelect;
  readonly competition: typeof competitions.$inferSelect | null;
  readonly evaluation: typeof evaluations.$inferSelect | null;
}

async function importRow(db: DbOrTx, actor: Actor, publicId: string): Promise<ImportRow> {
  if (!can(actor, "competition.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const [row] = await db
    .select({ one: competitionImports, competition: competitions, evaluation: evaluations })
    .from(competitionImports)
    .leftJoin(evaluations, eq(evaluations.id, competitionImports.evaluationId))
    .leftJoin(competitions, eq(competitions.id, competitionImports.competitionId))
    .where(eq(competitionImports.publicId, publicId));
  if (row && (row.one.exposure === "external" || can(actor, "internal.use"))) return row;
  throw new AppError("not_found", `No import ${publicId}.`);
}

/**
 * What of an import waits for an administrator's word, whatever it would change by now; null where nothing does.
 * @throws AppError as `getImport`
 */
export async function waitingWishes(
  db: DbOrTx,
  actor: Actor,
  publicId: string,
): Promise<ImportWishes | null> {
  return wishesIn(await importRow(db, actor, publicId));
}

function wishesIn({ one, competition, evaluation }: ImportRow): ImportWishes | null {
  if (one.outcome?.waiting) return one.outcome.waiting;
  // Its competition was published while it was checked.
  if (evaluation?.state !== "READY" || !evaluation.waits || !competition?.publishedAt) return null;
  const { picture, origin, ...settings } = evaluation.settings ?? {};
  return { settings, picture, origin };
}

/** As it is now: an administrator may have changed the competition meanwhile. */
async function waitingOf(db: DbOrTx, row: ImportRow): Promise<ImportView["waiting"]> {
  const { competition, evaluation } = row;
  const wishes = wishesIn(row);
  if (!wishes || !competition || !evaluation || evaluation.state === "REFUSED") return null;
  const present = await presentCompetition(db, competition.slug);
  if (present === null) return null;
  const { current, submitters } = present;
  const changes = changesBy(present, wishes);
  const isInForce = current === null || current.id === evaluation.id;
  if (isInForce && changes.length === 0) return null;
  return {
    changes,
    widens: widens(present, wishes),
    replaces: isInForce ? null : { number: current.number, revealed: current.revealedAt !== null },
    revealed: evaluation.revealedAt !== null,
    submitters,
  };
}

function competitionOf({
  one: { outcome },
  competition,
}: Pick<ImportRow, "one" | "competition">): ImportView["competition"] {
  if (!outcome || !competition) return null;
  return {
    slug: competition.slug,
    title: competition.title,
    created: outcome.created,
    publishedAt: competition.publishedAt?.toISOString() ?? null,
    cases: outcome.counts,
    files: outcome.files,
    hasBaseline: outcome.baseline !== null,
    changed: outcome.changed,
  };
}
