import { eq, max } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { evaluations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { unexpectedScores } from "../folder/checks";
import { makeCurrent } from "../lifecycle/check";
import type { AddEvaluationInput, EvaluationEffects } from "../model";
import type { CompetitionRow } from "../queries/find";
import { mustWait } from "../rules";
import { assertManages, audit, auditorOf, type CommandContext, competitionChanged } from "./context";
import { lockCompetition } from "./lock";
import { takeEffect } from "./settings";

type EvaluationRow = typeof evaluations.$inferSelect;

interface AskedAgain {
  readonly competition: CompetitionRow;
  readonly before: EvaluationRow;
  /** The highest of the competition's. */
  readonly asked: number;
  readonly input: Pick<AddEvaluationInput, "expected" | "settings" | "waits">;
}

/**
 * An evaluation that is there is brought in once more. It counts as asked for last, so that whatever else is still being
 * checked does not come in its place; one that waits for an administrator's word changes nothing. One that was refused by
 * our fault, or by an older scorer's, may be whole. The competition's row is locked.
 * @throws AppError `invalid` when its sample is known to score otherwise than expected
 */
export async function askAgain(
  tx: Tx,
  context: CommandContext,
  { competition, before, asked: last, input }: AskedAgain,
): Promise<void> {
  const { expected = {}, settings = {}, waits = false } = input;
  const { id, state, sampleMetrics } = before;
  const asked = before.asked === last ? last : last + 1;
  if (state === "CHECKING") {
    // What an administrator has confirmed stays so.
    const kept = waits && !before.waits ? {} : { settings, waits };
    await tx
      .update(evaluations)
      .set({ asked, expected, ...kept })
      .where(eq(evaluations.id, id));
    return;
  }
  if (state === "REFUSED") {
    const anew = {
      ...{ attempts: 0, failures: 0 },
      reason: null,
      nextAttemptAt: dbNow,
      checkedAt: null,
    } as const;
    await tx
      .update(evaluations)
      .set({ ...anew, state: "CHECKING", asked, expected, settings, waits })
      .where(eq(evaluations.id, id));
    return;
  }
  const unexpected = sampleMetrics === null ? [] : unexpectedScores(expected, sampleMetrics);
  if (unexpected.length > 0) throw new AppError("invalid", unexpected.join(" "));
  if (id !== competition.currentEvaluationId && mustWait(competition, { waits })) return;
  await takeForce(tx, context, { competition, evaluation: before, asked, settings });
}

interface TakingForce {
  readonly competition: CompetitionRow;
  /** READY. */
  readonly evaluation: EvaluationRow;
  readonly asked: number;
  readonly settings: EvaluationEffects;
}

async function takeForce(
  tx: Tx,
  context: CommandContext,
  { competition, evaluation: { id, publicId, number }, asked, settings }: TakingForce,
): Promise<void> {
  await tx.update(evaluations).set({ asked, waits: false }).where(eq(evaluations.id, id));
  await takeEffect(tx, auditorOf(context), competition, settings);
  if (id === competition.currentEvaluationId) return;
  await tx.update(evaluations).set({ queuedThroughId: 0, toAnnounce: true }).where(eq(evaluations.id, id));
  await makeCurrent(tx, { id, competition });
  await audit(tx, context, {
    action: "competition.restore_evaluation",
    resource: competition.slug,
    detail: { evaluation: publicId, number },
  });
  await competitionChanged(tx, competition);
}

/**
 * Lets an evaluation that waits take force, with the settings that belong to it: at once where it is READY, or as soon as
 * its check finds it so.
 * @throws AppError `forbidden`, `not_found`, `conflict` where it was refused
 */
export async function putInForce(
  context: CommandContext,
  { slug, evaluation, settings }: { slug: string; evaluation: string; settings: EvaluationEffects },
): Promise<void> {
  assertManages(context);
  await inTransaction(context.db, async (tx) => {
    const competition = await lockCompetition(tx, slug);
    const [row] = await tx.select().from(evaluations).where(eq(evaluations.publicId, evaluation));
    if (!row || row.competitionId !== competition.id)
      throw new AppError("not_found", `${competition.title} has no evaluation ${evaluation}.`);
    const [newest] = await tx
      .select({ asked: max(evaluations.asked) })
      .from(evaluations)
      .where(eq(evaluations.competitionId, competition.id));
    const last = required(newest?.asked, "the evaluation that was asked for last");
    const asked = row.asked === last ? last : last + 1;
    if (row.state === "REFUSED") {
      const message = `Evaluation ${row.number} was refused: ${row.reason ?? "no reason"}`;
      throw new AppError("conflict", message, { conflict: "changed_meanwhile" });
    }
    if (row.state === "READY")
      return takeForce(tx, context, { competition, evaluation: row, asked, settings });
    await tx.update(evaluations).set({ asked, settings, waits: false }).where(eq(evaluations.id, row.id));
    await audit(tx, context, {
      action: "competition.confirm_evaluation",
      resource: slug,
      detail: { evaluation, number: row.number },
    });
  });
  context.wake();
}
