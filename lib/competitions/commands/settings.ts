import { eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { competitions } from "@/db/schema";
import { type Auditor, recordAudit } from "@/lib/audit/record";
import { differing, oldAndNew } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { CompetitionSettings, CreateCompetitionInput, EvaluationEffects } from "../model";
import type { CompetitionRow } from "../queries/find";
import { competitionChanged } from "./context";
import { correctOrigin } from "./datasets";
import { changePicture } from "./picture";

type Dates = Partial<Pick<CreateCompetitionInput, "opensAt" | "closesAt">>;

/** As the database has them. */
export function datesOf({ opensAt, closesAt }: { [Name in keyof Dates]: Dates[Name] | undefined }) {
  const date = (text: string | null | undefined) => (typeof text === "string" ? new Date(text) : text);
  return { opensAt: date(opensAt), closesAt: date(closesAt) };
}

/**
 * Lets take effect what belongs to an evaluation that is in force now; the competition's row is locked.
 * @throws AppError `invalid` as `changeSettings`
 */
export async function takeEffect(
  tx: Tx,
  auditor: Auditor,
  competition: CompetitionRow,
  { picture, origin, ...settings }: EvaluationEffects,
): Promise<void> {
  await changeSettings(tx, auditor, competition, settings);
  if (picture) await changePicture(tx, auditor, competition, picture);
  if (origin && (await correctOrigin(tx, auditor, competition.datasetVersionId, origin)))
    await competitionChanged(tx, competition);
}

/**
 * Changes what is named and differs of a competition whose row is locked.
 * @throws AppError `invalid` when it would close before it opens
 */
export async function changeSettings(
  tx: Tx,
  auditor: Auditor,
  competition: CompetitionRow,
  { opensAt, closesAt, ...settings }: CompetitionSettings,
): Promise<void> {
  const changed = differing<Partial<CompetitionRow>>(competition, settings);
  const dates = datesOf({ opensAt, closesAt });
  for (const name of ["opensAt", "closesAt"] as const) {
    const wanted = dates[name];
    if (wanted !== undefined && wanted?.getTime() !== competition[name]?.getTime()) changed[name] = wanted;
  }
  if (Object.keys(changed).length === 0) return;
  const after = { ...competition, ...changed };
  if (after.opensAt && after.closesAt && after.opensAt >= after.closesAt) {
    const message = "It would close before it opens.";
    throw new AppError("invalid", message, { fields: { closesAt: message } });
  }
  await tx.update(competitions).set(changed).where(eq(competitions.id, competition.id));
  const { description: _, rules: __, ...told } = changed;
  await recordAudit(tx, auditor, {
    action: "competition.update",
    resource: competition.slug,
    // Of long texts that they changed, not what they were.
    detail: { ...oldAndNew<Partial<CompetitionRow>>(competition, told), changed: Object.keys(changed) },
  });
  await competitionChanged(tx, competition);
}
