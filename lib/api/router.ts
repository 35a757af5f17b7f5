import type { RouterClient } from "@orpc/server";
import { authProcedures } from "@/lib/auth/procedures";
import { adminFleetProcedures, gpuProcedures, packProcedures } from "@/lib/fleet/procedures";
import { keysChanged } from "@/lib/sessions/commands/keys";
import { adminSessionProcedures, myLimits, sessionProcedures } from "@/lib/sessions/procedures";
import { operationProcedures, workspaceProcedures } from "@/lib/workspaces/procedures";
import { healthProcedure, liveProcedure } from "./procedures";

const { auth, me, adminUsers, adminSettings, adminAudit } = authProcedures({ keysChanged });

/** Every procedure there is: REST, OpenAPI, server actions and the typed client all come from this tree. */
export const router = {
  auth,
  me: { ...me, limits: myLimits },
  gpus: gpuProcedures,
  packs: packProcedures,
  workspaces: workspaceProcedures("external"),
  operations: operationProcedures,
  sessions: sessionProcedures("external"),
  admin: {
    users: adminUsers,
    settings: adminSettings,
    audit: adminAudit,
    sessions: adminSessionProcedures,
    ...adminFleetProcedures,
  },
  health: healthProcedure,
  live: liveProcedure,
};

/** The router as its callers see it. */
export type Api = RouterClient<typeof router>;
