import { eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { competitions } from "@/db/schema";
import { type CompetitionRow, noCompetition } from "../queries/find";

/** Locks a competition against acceptances and other admins, which hold the row too. @throws AppError `not_found` */
export async function lockCompetition(tx: Tx, slug: string): Promise<CompetitionRow> {
  const [row] = await tx.select().from(competitions).where(eq(competitions.slug, slug)).for("update");
  if (row) return row;
  throw noCompetition(slug);
}
