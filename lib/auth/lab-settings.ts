import { eq } from "drizzle-orm";
import type { DbOrTx, Tx } from "@/db/client";
import { labSettings } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { Actor, LabSettingsView, UpdateLabSettingsInput } from "./model";
import type { RequestContext } from "./procedure";
import { can, differing, hoursOf, minutesOf, oldAndNew } from "./rules";

/** The one row; the migration made it. */
const theRow = eq(labSettings.id, 1);

type Settings = typeof labSettings.$inferSelect;

/** The row itself, for code that acts by it. */
export async function readLabSettings(db: DbOrTx): Promise<Settings> {
  const [row] = await db.select().from(labSettings).where(theRow);
  return required(row, "the row of lab settings");
}

/** The limits that an account begins with. */
export async function defaultLimits(tx: Tx) {
  const settings = await readLabSettings(tx);
  return {
    maxSessions: settings.defaultMaxSessions,
    maxGpuMinutesPerWeek: settings.defaultMaxGpuMinutesPerWeek,
    maxDiskGb: settings.defaultMaxDiskGb,
    maxDurationMinutes: settings.defaultMaxDurationMinutes,
  };
}

function toView({ id: _, defaultMaxGpuMinutesPerWeek, ...rest }: Settings): LabSettingsView {
  return { ...rest, defaultMaxGpuHoursPerWeek: hoursOf(defaultMaxGpuMinutesPerWeek) };
}

/** @throws AppError `forbidden` for anyone but an admin */
export async function getLabSettings(db: DbOrTx, actor: Actor): Promise<LabSettingsView> {
  if (!can(actor, "settings.read")) throw new AppError("forbidden", "This needs the admin role.");
  return toView(await readLabSettings(db));
}

/** Changes what is named and differs. Accounts that exist keep their limits. @throws AppError `forbidden` */
export async function updateLabSettings(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  input: UpdateLabSettingsInput,
): Promise<LabSettingsView> {
  if (!can(actor, "settings.update")) throw new AppError("forbidden", "This needs the admin role.");
  const { defaultMaxGpuHoursPerWeek: hours, ...rest } = input;
  const wanted = {
    ...rest,
    ...(hours === undefined ? {} : { defaultMaxGpuMinutesPerWeek: minutesOf(hours) }),
  };
  return inTransaction(db, async (tx) => {
    const [row] = await tx.select().from(labSettings).where(theRow).for("update");
    const before = required(row, "the row of lab settings");
    const changed = differing(before, wanted);
    if (Object.keys(changed).length === 0) return toView(before);
    await tx.update(labSettings).set(changed).where(theRow);
    const detail = oldAndNew(before, changed);
    await recordAudit(tx, { ...actor, requestId }, { action: "settings.update", detail });
    return toView(await readLabSettings(tx));
  });
}
