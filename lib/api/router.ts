import type { RouterClient } from "@orpc/server";
import { authProcedures } from "@/lib/auth/procedures";
import { adminFleetProcedures, gpuProcedures, packProcedures } from "@/lib/fleet/procedures";
import { healthProcedure, liveProcedure } from "./procedures";

const { auth, me, adminUsers } = authProcedures({ keysChanged: async () => undefined });

/** Every procedure there is: REST, OpenAPI, server actions and the typed client all come from this tree. */
export const router = {
  auth,
  me,
  gpus: gpuProcedures,
  packs: packProcedures,
  admin: { users: adminUsers, ...adminFleetProcedures },
  health: healthProcedure,
  live: liveProcedure,
};

export type Router = typeof router;
/** The router as its callers see it. */
export type Api = RouterClient<Router>;
