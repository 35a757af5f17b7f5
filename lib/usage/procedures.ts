import { z } from "zod";
import {
  adminProcedure,
  interactiveAdminProcedure,
  monitorProcedure,
  publicProcedure,
} from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok } from "@/lib/kernel/envelope";
import { createMonitor, revokeMonitor } from "./commands/monitors";
import { reportStatus } from "./commands/report";
import {
  createdMonitorView,
  createMonitorInput,
  gpuStatusInput,
  gpuStatusView,
  liveStatusView,
  monitorId,
  monitorView,
  usageInput,
  usageView,
} from "./model";
import { getLiveStatus } from "./queries/live";
import { listMonitors } from "./queries/monitors";
import { getUsage } from "./queries/weeks";

const tags = ["GPUs"];
const adminTags = ["Admin"];
const monitors = "/admin/monitor-tokens";

export const gpuStatusProcedures = {
  report: monitorProcedure
    .route({
      method: "POST",
      path: "/gpu-status",
      tags,
      summary: "Who is on a host's GPUs, told by a monitor; counts for the lab's present minute",
    })
    .input(gpuStatusInput)
    .output(envelope(gpuStatusView))
    .handler(async ({ context, input }) => ok(await reportStatus(context, context.monitor, input))),
  live: publicProcedure
    .route({
      method: "GET",
      path: "/gpu-live-status",
      tags,
      summary: "What every GPU is doing now; who is on it is told to whoever is signed in",
    })
    .output(envelope(liveStatusView))
    .handler(async ({ context }) => ok(await getLiveStatus(context.db, context.actor))),
};

export const adminUsageProcedures = {
  week: adminProcedure
    .route({
      method: "GET",
      path: "/admin/usage",
      tags: adminTags,
      summary: "Who held each hour of a week, and who was on the GPU",
    })
    .input(usageInput)
    .output(envelope(usageView))
    .handler(async ({ context, input }) => ok(await getUsage(context.db, context.actor, input))),
};

export const adminMonitorProcedures = {
  list: adminProcedure
    .route({
      method: "GET",
      path: monitors,
      tags: adminTags,
      summary: "Programs that may tell who is on a host's GPUs",
    })
    .output(listEnvelope(monitorView))
    .handler(async ({ context }) => ({
      data: await listMonitors(context.db, context.actor),
      meta: { nextCursor: null },
    })),
  create: interactiveAdminProcedure
    .route({
      method: "POST",
      path: monitors,
      successStatus: 201,
      tags: adminTags,
      summary: "Make a monitor's token for one host; it is shown this once",
    })
    .input(createMonitorInput)
    .output(envelope(createdMonitorView))
    .handler(async ({ context, input }) => ok(await createMonitor(context, input))),
  remove: interactiveAdminProcedure
    .route({
      method: "DELETE",
      path: `${monitors}/{id}`,
      tags: adminTags,
      summary: "Revoke a monitor's token",
    })
    .input(z.strictObject({ id: monitorId }))
    .output(envelope(z.strictObject({})))
    .handler(async ({ context, input }) => {
      await revokeMonitor(context, input.id);
      return ok({});
    }),
};
