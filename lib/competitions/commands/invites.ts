import { and, eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { competitionInvites, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import type { InviteInput } from "../invite-model";
import { assertManages, audit, type CommandContext } from "./context";
import { lockCompetition } from "./lock";

/** Lets somebody see and enter a competition that is by invitation; again it changes nothing. @throws AppError `forbidden`, `not_found` */
export function invite(context: CommandContext, input: InviteInput): Promise<void> {
  return changeInvite(context, input, "invite", async (tx, competitionId, userId) => {
    const [made] = await tx
      .insert(competitionInvites)
      .ignore()
      .values({ competitionId, userId, createdAt: dbNow });
    return made.affectedRows === 1;
  });
}

/** Takes it back; what they submitted stays, and stays on the board. @throws AppError `forbidden`, `not_found` */
export function uninvite(context: CommandContext, input: InviteInput): Promise<void> {
  return changeInvite(context, input, "uninvite", async (tx, competitionId, userId) => {
    const [gone] = await tx
      .delete(competitionInvites)
      .where(and(eq(competitionInvites.competitionId, competitionId), eq(competitionInvites.userId, userId)));
    return gone.affectedRows === 1;
  });
}

async function changeInvite(
  context: CommandContext,
  { slug, userId }: InviteInput,
  verb: "invite" | "uninvite",
  change: (tx: Tx, competitionId: number, userId: number) => Promise<boolean>,
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    // Against acceptances, which hold it shared: an invitation ends wholly before one or wholly after.
    const competition = await lockCompetition(tx, slug);
    const [user] = await tx
      .select({ id: users.id, username: users.username })
      .from(users)
      .where(eq(users.publicId, userId));
    if (!user) throw new AppError("not_found", `There is no user ${userId}.`);
    if (!(await change(tx, competition.id, user.id))) return;
    await audit(tx, context, {
      action: `competition.${verb}`,
      resource: slug,
      detail: { user: userId, username: user.username },
    });
    await recordChange(tx, { userId: user.id, topic: "competitions", resource: competition.publicId });
  });
}
