import type { RouterClient } from "@orpc/server";
import { authProcedures } from "@/lib/auth/procedures";
import {
  adminCompetitionProcedures,
  adminImportProcedures,
  adminScoringProcedures,
} from "@/lib/competitions/admin-procedures";
import { competitionProcedures } from "@/lib/competitions/procedures";
import { adminFleetProcedures, gpuProcedures, packProcedures } from "@/lib/fleet/procedures";
import type { Surface } from "@/lib/kernel/surface";
import { allowancesChanged } from "@/lib/notices/notify";
import { noticeProcedures } from "@/lib/notices/procedures";
import { adminWeekProcedures } from "@/lib/schedule/admin-procedures";
import { bookingsProcedures } from "@/lib/schedule/bookings-procedures";
import { scheduleProcedures, walletHourProcedures } from "@/lib/schedule/procedures";
import { gpuHourProcedures, reservationProcedures } from "@/lib/schedule/reservation-procedures";
import { keysChanged } from "@/lib/sessions/commands/keys";
import { usesOf } from "@/lib/sessions/limits";
import { plannedStartProcedures } from "@/lib/sessions/planned-procedures";
import {
  adminSessionProcedures,
  myLimits,
  sessionProcedures,
  sshCaProcedure,
} from "@/lib/sessions/procedures";
import { telemetryProcedures } from "@/lib/telemetry/procedures";
import { adminMonitorProcedures, adminUsageProcedures, gpuStatusProcedures } from "@/lib/usage/procedures";
import { setBalance } from "@/lib/wallet/correct";
import { walletProcedures } from "@/lib/wallet/procedures";
import { operationProcedures, workspaceProcedures } from "@/lib/workspaces/procedures";
import { healthProcedure, liveProcedure } from "./procedures";

const { auth, me, adminUsers, adminSettings, adminAudit } = authProcedures({
  keysChanged,
  balanceSet: setBalance,
  allowancesChanged,
  usesOf,
});

function ofSurface(surface: Surface) {
  return {
    workspaces: workspaceProcedures(surface),
    sessions: { ...sessionProcedures(surface), ...telemetryProcedures(surface) },
    plannedStarts: plannedStartProcedures(surface),
    ...competitionProcedures(surface),
  };
}

/** Every procedure there is: REST, OpenAPI, server actions and the typed client all come from this tree. */
export const router = {
  auth,
  me: { ...me, limits: myLimits, notices: noticeProcedures },
  gpus: { ...gpuProcedures, ...gpuHourProcedures },
  gpuStatus: gpuStatusProcedures,
  packs: packProcedures,
  wallet: { ...walletProcedures, ...walletHourProcedures },
  external: ofSurface("external"),
  internal: ofSurface("internal"),
  operations: operationProcedures,
  schedule: scheduleProcedures,
  reservations: { ...reservationProcedures, ...bookingsProcedures },
  sshCa: sshCaProcedure,
  admin: {
    users: adminUsers,
    settings: adminSettings,
    weeks: adminWeekProcedures,
    usage: adminUsageProcedures,
    monitors: adminMonitorProcedures,
    audit: adminAudit,
    sessions: adminSessionProcedures,
    competitions: adminCompetitionProcedures,
    imports: adminImportProcedures,
    ...adminScoringProcedures,
    ...adminFleetProcedures,
  },
  health: healthProcedure,
  live: liveProcedure,
};

/** The procedures as pages and actions of one surface call them: `sessions` and `workspaces` are that surface's. */
export function routerOf(surface: Surface) {
  const { external: _external, internal: _internal, ...shared } = router;
  return { ...shared, ...router[surface] };
}

/** The router as its callers see it. */
export type Api = RouterClient<ReturnType<typeof routerOf>>;
