import { surfaceProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged } from "@/lib/kernel/envelope";
import type { Exposure } from "@/lib/workspaces/model";
import { dropPlannedStart, planStart } from "./commands/plan";
import { listPlannedInput, plannedStartRef, plannedStartView, planStartInput } from "./planned-model";
import { getPlanned, listPlanned } from "./planned-queries";

/** Sessions that start by themselves; the same for either exposure, each at its own surface's address. */
export function plannedStartProcedures(exposure: Exposure) {
  const base = `/${exposure}/planned-starts` as const;
  const tags = ["Sessions"];
  const procedure = surfaceProcedure(exposure);
  return {
    list: procedure
      .route({ method: "GET", path: base, tags, summary: "Sessions of mine that are to start by themselves" })
      .input(listPlannedInput)
      .output(listEnvelope(plannedStartView))
      .handler(async ({ context, input }) =>
        paged(await listPlanned(context.db, context.actor, exposure, input)),
      ),
    plan: procedure
      .route({
        method: "POST",
        path: base,
        tags,
        summary: "Have a session start by itself when an hour begins that you hold",
        successStatus: 201,
      })
      .input(planStartInput)
      .output(envelope(plannedStartView))
      .handler(async ({ context, input }) => {
        await planStart(context, exposure, input);
        const { gpuId, slot } = input;
        return ok(await getPlanned(context.db, context.actor, exposure, { gpuId, slot }));
      }),
    drop: procedure
      .route({
        method: "DELETE",
        path: `${base}/{gpuId}/{slot}`,
        tags,
        summary: "Have no session start by itself in that hour",
      })
      .input(plannedStartRef)
      .output(envelope(plannedStartRef))
      .handler(async ({ context, input }) => {
        await dropPlannedStart(context, exposure, input);
        return ok(input);
      }),
  };
}
