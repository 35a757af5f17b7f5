import { eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { competitions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { type Auditor, recordAudit } from "@/lib/audit/record";
import type { PictureType } from "../model";
import type { CompetitionRow } from "../queries/find";
import { assertManages, auditorOf, type CommandContext, competitionChanged } from "./context";
import { lockCompetition } from "./lock";

/** It lies in the store under its digest. */
interface Picture {
  readonly sha256: string;
  readonly type: PictureType;
}

/**
 * Gives a competition a picture, which lies in the store under its digest already, or takes it away; the same again
 * changes nothing.
 * @throws AppError `forbidden`, `not_found`
 */
export async function setPicture(
  context: CommandContext,
  slug: string,
  picture: Picture | null,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    await changePicture(tx, auditorOf(context), await lockCompetition(tx, slug), picture);
  });
}

/** The same of a competition whose row is locked. */
export async function changePicture(
  tx: Tx,
  auditor: Auditor,
  competition: CompetitionRow,
  picture: Picture | null,
): Promise<void> {
  const { pictureSha256: before } = competition;
  if (before === (picture?.sha256 ?? null)) return;
  await tx
    .update(competitions)
    .set({ pictureSha256: picture?.sha256 ?? null, pictureType: picture?.type ?? null })
    .where(eq(competitions.id, competition.id));
  await recordAudit(tx, auditor, {
    action: "competition.set_picture",
    resource: competition.slug,
    detail: { before, after: picture?.sha256 ?? null },
  });
  await competitionChanged(tx, competition);
}
