import { eq } from "drizzle-orm";
import { gpus } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChanges } from "@/lib/audit/record";
import type { Actor } from "@/lib/auth/model";
import type { RequestContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { modeChange, modeText } from "./gpu-mode";
import type { UpdateGpuInput } from "./model";

type Gpu = typeof gpus.$inferSelect;

/** The columns that say whether it serves, as far as they change. */
function stateChange(
  gpu: Gpu,
  { state, reason }: UpdateGpuInput,
): Partial<Pick<Gpu, "state" | "stateReason">> {
  const stateReason = reason ?? null;
  if (state === undefined || (gpu.state === state && gpu.stateReason === stateReason)) return {};
  return { state, stateReason };
}

/**
 * Drains or disables a GPU, or brings it back, or says how its hours are given out. The row's lock is the one that a
 * launch picks its GPU under: once this has committed, nothing new starts on it but as it says; what runs goes on.
 * @throws AppError `forbidden`, `not_found`, `conflict` (its hours are sold in another mode)
 */
export async function updateGpu(
  { db, requestId, settings }: Pick<RequestContext, "db" | "requestId" | "settings">,
  actor: Actor,
  input: UpdateGpuInput,
): Promise<void> {
  if (!can(actor, "gpu.update")) throw new AppError("forbidden", "This needs the admin role.");
  const { id } = input;
  await inTransaction(db, async (tx) => {
    const [gpu] = await tx.select().from(gpus).where(eq(gpus.publicId, id)).for("update");
    if (!gpu) throw new AppError("not_found", `There is no GPU ${id}.`);
    const [state, mode] = [stateChange(gpu, input), await modeChange(tx, gpu, input, settings.zone)];
    const changed = { ...state, ...mode };
    if (Object.keys(changed).length === 0) return;
    await tx.update(gpus).set(changed).where(eq(gpus.id, gpu.id));
    const detail = {
      ...(state.state === undefined ? {} : { from: gpu.state, to: state.state, reason: state.stateReason }),
      ...(mode.mode === undefined
        ? {}
        : { mode: { from: modeText(gpu), to: modeText({ ...gpu, ...mode }) } }),
    };
    await recordAudit(tx, { ...actor, requestId }, { action: "gpu.update", resource: id, detail });
    await recordChanges(tx, [
      { userId: null, topic: "gpus", resource: id },
      ...(mode.mode === undefined ? [] : [{ userId: null, topic: "schedule" } as const]),
    ]);
  });
}
