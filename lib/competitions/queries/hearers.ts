import { and, eq, inArray, isNotNull, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitionInvites, competitions, users } from "@/db/schema";

/**
 * Who of some people may hear that a competition changed, for those that are not for everybody: as `maySee` has it, but for
 * many at once and as of now.
 * @param ids public ids of competitions
 * @returns by public id; a competition that is not in it is for everybody
 */
export async function hearersOf(
  db: DbOrTx,
  ids: readonly string[],
  userIds: readonly number[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  if (ids.length === 0 || userIds.length === 0) return new Map();
  const shown = and(isNotNull(competitions.publishedAt), isNotNull(competitions.currentEvaluationId));
  const open = and(eq(competitions.exposure, "external"), eq(competitions.visibility, "public"), shown);
  const closed = await db
    .select({ id: competitions.id, publicId: competitions.publicId })
    .from(competitions)
    .where(and(inArray(competitions.publicId, [...ids]), sql`not coalesce(${open}, false)`));
  if (closed.length === 0) return new Map();
  const invited = sql`exists (select 1 from ${competitionInvites} where ${and(
    eq(competitionInvites.competitionId, competitions.id),
    eq(competitionInvites.userId, users.id),
  )})`;
  const pairs = await db
    .select({ publicId: competitions.publicId, userId: users.id })
    .from(competitions)
    .innerJoin(users, inArray(users.id, [...userIds]))
    .where(
      and(
        inArray(
          competitions.id,
          closed.map(({ id }) => id),
        ),
        or(eq(competitions.exposure, "external"), eq(users.canUseInternal, true)),
        or(eq(users.role, "admin"), and(shown, or(eq(competitions.visibility, "public"), invited))),
      ),
    );
  const hearers = new Map<string, Set<number>>(closed.map(({ publicId }) => [publicId, new Set()]));
  for (const { publicId, userId } of pairs) hearers.get(publicId)?.add(userId);
  return hearers;
}
