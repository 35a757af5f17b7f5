import { eq } from "drizzle-orm";
import { competitions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import type { PictureType } from "../model";
import { assertManages, audit, type CommandContext, competitionChanged } from "./context";
import { lockCompetition } from "./lock";

/**
 * Gives a competition a picture, which lies in the store under its digest already, or takes it away; the same again
 * changes nothing.
 * @throws AppError `forbidden`, `not_found`
 */
export async function setPicture(
  context: CommandContext,
  slug: string,
  picture: { readonly sha256: string; readonly type: PictureType } | null,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    const { pictureSha256: before } = competition;
    if (before === (picture?.sha256 ?? null)) return;
    await tx
      .update(competitions)
      .set({ pictureSha256: picture?.sha256 ?? null, pictureType: picture?.type ?? null })
      .where(eq(competitions.id, competition.id));
    await audit(tx, context, {
      action: "competition.set_picture",
      resource: slug,
      detail: { before, after: picture?.sha256 ?? null },
    });
    await competitionChanged(tx, competition);
  });
}
