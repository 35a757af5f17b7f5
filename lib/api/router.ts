import type { RouterClient } from "@orpc/server";
import { authProcedures } from "@/lib/auth/procedures";
import { adminFleetProcedures, gpuProcedures, packProcedures } from "@/lib/fleet/procedures";
import { noticeProcedures } from "@/lib/notices/procedures";
import { keysChanged } from "@/lib/sessions/commands/keys";
import { adminSessionProcedures, sessionProcedures } from "@/lib/sessions/procedures";
import { telemetryProcedures } from "@/lib/telemetry/procedures";
import { operationProcedures, workspaceProcedures } from "@/lib/workspaces/procedures";
import { healthProcedure, liveProcedure } from "./procedures";

const { auth, me, adminUsers } = authProcedures({ keysChanged });

/** Every procedure there is: REST, OpenAPI, server actions and the typed client all come from this tree. */
export const router = {
  auth,
  me: { ...me, notices: noticeProcedures },
  gpus: gpuProcedures,
  packs: packProcedures,
  workspaces: workspaceProcedures("external"),
  operations: operationProcedures,
  sessions: { ...sessionProcedures("external"), ...telemetryProcedures("external") },
  admin: { users: adminUsers, sessions: adminSessionProcedures, ...adminFleetProcedures },
  health: healthProcedure,
  live: liveProcedure,
};

/** The router as its callers see it. */
export type Api = RouterClient<typeof router>;
