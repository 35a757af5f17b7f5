import { eq } from "drizzle-orm";
import { gpus } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import type { Actor } from "@/lib/auth/model";
import type { RequestContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { UpdateGpuInput } from "./model";

/**
 * Drains or disables a GPU, or brings it back. The row's lock is the one that a launch picks its GPU under: once this
 * has committed, nothing new starts on it; what runs goes on.
 * @throws AppError `forbidden`, `not_found`
 */
export async function updateGpu(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  { id, state, reason }: UpdateGpuInput,
): Promise<void> {
  if (!can(actor, "gpu.update")) throw new AppError("forbidden", "This needs the admin role.");
  const stateReason = reason ?? null;
  await inTransaction(db, async (tx) => {
    const [gpu] = await tx.select().from(gpus).where(eq(gpus.publicId, id)).for("update");
    if (!gpu) throw new AppError("not_found", `There is no GPU ${id}.`);
    if (gpu.state === state && gpu.stateReason === stateReason) return;
    await tx.update(gpus).set({ state, stateReason }).where(eq(gpus.id, gpu.id));
    const detail = { from: gpu.state, to: state, reason: stateReason };
    await recordAudit(tx, { ...actor, requestId }, { action: "gpu.update", resource: id, detail });
    await recordChange(tx, { userId: null, topic: "gpus", resource: id });
  });
}
