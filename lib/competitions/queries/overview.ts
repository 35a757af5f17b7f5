import { desc, eq, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitions, evaluations, scorings, submissions } from "@/db/schema";

/** Every competition with its newest evaluation, newest first: for the operator of the host. */
export function competitionOverview(db: DbOrTx) {
  const ofCompetition = sql`${competitions}.id`;
  const newest = sql`(select max(e.id) from ${evaluations} e where e.competition_id = ${ofCompetition})`;
  const count = (what: ReturnType<typeof sql>) => what.mapWith(Number);
  return db
    .select({
      slug: competitions.slug,
      title: competitions.title,
      exposure: competitions.exposure,
      visibility: competitions.visibility,
      publishedAt: competitions.publishedAt,
      evaluation: { number: evaluations.number, state: evaluations.state, reason: evaluations.reason },
      submissions: count(
        sql`(select count(*) from ${submissions} s where s.competition_id = ${ofCompetition})`,
      ),
      waiting: count(
        sql`(select count(*) from ${scorings} s where s.state = 'QUEUED' and s.competition_id = ${ofCompetition})`,
      ),
    })
    .from(competitions)
    .leftJoin(evaluations, eq(evaluations.id, newest))
    .orderBy(desc(competitions.id));
}
