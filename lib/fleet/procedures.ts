import { adminProcedure, userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok } from "@/lib/kernel/envelope";
import { updateGpu } from "./gpu-state";
import { foreignProcessView, gpuView, nodeView, packView, updateGpuInput } from "./model";
import { getGpu, listAllGpus, listForeignProcesses, listGpus, listNodes, listPacks } from "./queries";

/** A list that is short by nature and comes whole. */
function whole<Item>(data: Item[]): { data: Item[]; meta: { nextCursor: null } } {
  return { data, meta: { nextCursor: null } };
}

export const gpuProcedures = {
  list: userProcedure
    .route({ method: "GET", path: "/gpus", tags: ["GPUs"], summary: "GPUs, who holds them and until when" })
    .output(listEnvelope(gpuView))
    .handler(async ({ context }) => whole(await listGpus(context.db, context.actor, context.surface))),
};

export const packProcedures = {
  list: userProcedure
    .route({ method: "GET", path: "/packs", tags: ["GPUs"], summary: "Environments to launch" })
    .output(listEnvelope(packView))
    .handler(async ({ context }) => whole(await listPacks(context.db, context.actor))),
};

export const adminFleetProcedures = {
  gpus: {
    list: adminProcedure
      .route({ method: "GET", path: "/admin/gpus", tags: ["Admin"], summary: "Every GPU ever seen" })
      .output(listEnvelope(gpuView))
      .handler(async ({ context }) => whole(await listAllGpus(context.db, context.actor))),
    update: adminProcedure
      .route({
        method: "PATCH",
        path: "/admin/gpus/{id}",
        tags: ["Admin"],
        summary: "Drain or disable a GPU, bring it back, or change how its hours are given out",
      })
      .input(updateGpuInput)
      .output(envelope(gpuView))
      .handler(async ({ context, input }) => {
        await updateGpu(context, context.actor, input);
        return ok(await getGpu(context.db, context.actor, input.id));
      }),
  },
  gpuProcesses: {
    list: adminProcedure
      .route({
        method: "GET",
        path: "/admin/gpu-processes",
        tags: ["Admin"],
        summary: "Programs on GPUs that are not of the session that holds them",
      })
      .output(listEnvelope(foreignProcessView))
      .handler(async ({ context }) => whole(await listForeignProcesses(context.db, context.actor))),
  },
  nodes: {
    list: adminProcedure
      .route({
        method: "GET",
        path: "/admin/nodes",
        tags: ["Admin"],
        summary: "GPU hosts and their condition",
      })
      .output(listEnvelope(nodeView))
      .handler(async ({ context }) => whole(await listNodes(context.db, context.actor))),
  },
};
