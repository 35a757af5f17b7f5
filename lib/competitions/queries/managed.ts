import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitions, evaluations } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { ManagedCompetition } from "../admin-model";
import { listFacts, toEvaluationView } from "./catalogue";
import { onSidesOf } from "./find";
import { standingsOn } from "./standings";

/**
 * Every competition with the state of its newest evaluation, newest first; what is internal with the grant alone.
 * @throws AppError `forbidden` for anyone but an admin
 */
export async function listManaged(
  db: DbOrTx,
  actor: Actor,
  page: PageInput,
): Promise<Page<ManagedCompetition>> {
  if (!can(actor, "competition.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const after = decodeCursor(page.cursor, publicIdPattern("cmp"));
  const rows = await db
    .select({
      competition: competitions,
      /** Of the evaluation in force, which may be older than the newest. */
      revealedAt: evaluations.revealedAt,
      // Spelled out, since of one table alone columns are written without its name.
      submissions: sql`(select count(*) from submissions where competition_id = competitions.id)`.mapWith(
        Number,
      ),
    })
    .from(competitions)
    .leftJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .where(
      and(
        onSidesOf(actor),
        after === undefined
          ? undefined
          : lt(competitions.id, sql`(select c.id from ${competitions} c where c.public_id = ${after})`),
      ),
    )
    .orderBy(desc(competitions.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.competition.publicId);
  const [newest, standings] = await Promise.all([
    newestEvaluations(
      db,
      shown.map(({ competition }) => competition.id),
    ),
    standingsOn(
      db,
      actor.userId,
      shown.flatMap(({ competition }) => competition.currentEvaluationId ?? []),
    ),
  ]);
  const data = shown.map(({ competition: row, revealedAt, submissions: many }) => {
    const evaluation = newest.get(row.id);
    return {
      ...listFacts(row, evaluation ?? null, revealedAt),
      entrants: standings.get(row.currentEvaluationId ?? 0)?.entrants ?? 0,
      newestEvaluation: evaluation ? toEvaluationView(actor, evaluation, row.currentEvaluationId) : null,
      submissions: many,
    };
  });
  return { data, nextCursor };
}

async function newestEvaluations(db: DbOrTx, competitionIds: readonly number[]) {
  if (competitionIds.length === 0) return new Map<number, typeof evaluations.$inferSelect>();
  const rows = await db
    .select()
    .from(evaluations)
    .where(
      and(
        inArray(evaluations.competitionId, [...competitionIds]),
        sql`number = (select max(newer.number) from evaluations newer
          where newer.competition_id = evaluations.competition_id)`,
      ),
    );
  return new Map(rows.map((row) => [row.competitionId, row]));
}
