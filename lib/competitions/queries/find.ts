import { and, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitionInvites, competitions } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import { isVisible } from "../rules";

export type CompetitionRow = typeof competitions.$inferSelect;

export function noCompetition(slug: string): AppError {
  return new AppError("not_found", `No competition ${slug}.`);
}

/** @throws AppError `not_found`: for code that has established who may see it */
export async function competitionBySlug(db: DbOrTx, slug: string): Promise<CompetitionRow> {
  const [row] = await db.select().from(competitions).where(eq(competitions.slug, slug));
  if (row) return row;
  throw noCompetition(slug);
}

/** Whether somebody is invited to a competition. */
export async function isInvited(db: DbOrTx, competitionId: number, userId: number): Promise<boolean> {
  const [invite] = await db
    .select({ userId: competitionInvites.userId })
    .from(competitionInvites)
    .where(and(eq(competitionInvites.competitionId, competitionId), eq(competitionInvites.userId, userId)));
  return invite !== undefined;
}

/** Whether the actor may see this competition. */
export async function maySee(db: DbOrTx, actor: Actor, competition: CompetitionRow): Promise<boolean> {
  if (competition.exposure === "internal" && !can(actor, "internal.use")) return false;
  if (can(actor, "competition.manage")) return true;
  return isVisible(competition, await isInvited(db, competition.id, actor.userId));
}

/**
 * A competition as far as the actor may see that there is one; admins see those that are not published, too, but what is
 * internal only with the grant.
 * @throws AppError `not_found` also when it is of the other exposure, or not for the actor
 */
export async function visibleCompetition(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  slug: string,
): Promise<CompetitionRow> {
  const [row] = await db
    .select()
    .from(competitions)
    .where(and(eq(competitions.slug, slug), eq(competitions.exposure, exposure)));
  if (row && (await maySee(db, actor, row))) return row;
  throw noCompetition(slug);
}

/** @throws AppError `forbidden` on the internal side without the grant */
export function assertSide(actor: Actor, exposure: Exposure): void {
  if (exposure === "external" || can(actor, "internal.use")) return;
  throw new AppError(
    "forbidden",
    "Your account may not use what is internal. An administrator can allow it.",
  );
}

/** For administrators' lists, which show both sides: what is internal only with the grant. */
export function onSidesOf(actor: Actor): SQL | undefined {
  return can(actor, "internal.use") ? undefined : eq(competitions.exposure, "external");
}

/** `maySee` as a condition on competitions of one exposure, for lists. */
export function visibleTo(actor: Actor, exposure: Exposure): SQL | undefined {
  const ofSide = eq(competitions.exposure, exposure);
  if (can(actor, "competition.manage")) return ofSide;
  const invited = sql`exists (select 1 from ${competitionInvites} where ${and(
    eq(competitionInvites.competitionId, competitions.id),
    eq(competitionInvites.userId, actor.userId),
  )})`;
  return and(
    ofSide,
    isNotNull(competitions.publishedAt),
    isNotNull(competitions.currentEvaluationId),
    or(eq(competitions.visibility, "public"), invited),
  );
}
