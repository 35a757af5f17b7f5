import { asc, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { competitionInvites, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { InviteView } from "../invite-model";
import { competitionBySlug, maySee, noCompetition } from "./find";

/**
 * Who is invited to a competition, by name; to an internal one with the grant alone.
 * @throws AppError `forbidden` for anyone but an admin, `not_found`
 */
export async function listInvites(db: Db, actor: Actor, slug: string): Promise<InviteView[]> {
  if (!can(actor, "competition.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const competition = await competitionBySlug(db, slug);
  if (!(await maySee(db, actor, competition))) throw noCompetition(slug);
  const rows = await db
    .select({ userId: users.publicId, username: users.username, at: competitionInvites.createdAt })
    .from(competitionInvites)
    .innerJoin(users, eq(users.id, competitionInvites.userId))
    .where(eq(competitionInvites.competitionId, competition.id))
    .orderBy(asc(users.username));
  return rows.map(({ at, ...who }) => ({ ...who, invitedAt: at.toISOString() }));
}
