import { createReadStream } from "node:fs";
import { join } from "node:path";
import { and, eq, isNotNull } from "drizzle-orm";
import type { Db } from "@/db/client";
import { scorings } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import { readCases } from "../scoring/truth";
import type { StoreLayout } from "../store/layout";
import { readyEvaluation } from "./catalogue";
import { visibleCompetition } from "./find";

/**
 * Finds the current evaluation's true mask of a case, where the competition shows its truth: for who has a scored
 * submission there, under whichever evaluation, and for administrators. A private case is not there for anybody until the
 * private split is revealed, by the same words as one that does not exist.
 * @throws AppError `not_found`
 */
export async function truthVolume(
  db: Db,
  store: StoreLayout,
  actor: Actor,
  exposure: Exposure,
  { slug, id }: { slug: string; id: string },
): Promise<{ evaluationId: string }> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  if (!competition.showsPublicTruth)
    throw new AppError("not_found", `${competition.title} does not show its truth.`);
  if (!can(actor, "competition.manage") && !(await hasScore(db, competition.id, actor.userId)))
    throw new AppError("not_found", "The truth is for who has a scored submission here: you have none.");
  const { publicId: evaluationId, manifest, revealedAt } = await readyEvaluation(db, actor, competition);
  if (manifest.task === "masks") {
    const folder = store.truth(evaluationId);
    const { places, splits } = await readCases((name) => createReadStream(join(folder, name)));
    const split = splits[places.get(id) ?? -1];
    if (split === "public" || (split === "private" && revealedAt !== null)) return { evaluationId };
  }
  throw new AppError("not_found", `There is no truth of ${id} to be seen.`);
}

/** A rejected file would do otherwise, and costs nothing. A score stands while it is made anew. */
async function hasScore(db: Db, competitionId: number, userId: number): Promise<boolean> {
  const [row] = await db
    .select({ id: scorings.id })
    .from(scorings)
    .where(
      and(
        eq(scorings.competitionId, competitionId),
        eq(scorings.userId, userId),
        isNotNull(scorings.reportDigest),
      ),
    )
    .limit(1);
  return row !== undefined;
}
