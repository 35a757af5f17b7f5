import { randomBytes } from "node:crypto";
import { connectDb } from "@/db/client";
import { createAgentClient } from "@/lib/agent-protocol/client";
import { ensureInstallation } from "@/lib/fleet/commands";
import { workerEnv } from "@/lib/kernel/env/worker";
import { createLog } from "@/lib/kernel/log";
import { settleWeeks } from "@/lib/schedule/zone";
import { applyHeldHours, stopOutOfHours } from "@/lib/sessions/lifecycle/held-hours";
import { applyWeeklyHours } from "@/lib/sessions/lifecycle/hours";
import { startPlanned } from "@/lib/sessions/lifecycle/planned-starts";
import { stopOverdue, warnOfEnds } from "@/lib/sessions/lifecycle/recover";
import { msToNextSlot } from "@/lib/telemetry/rules";
import { voidExpired } from "@/lib/wallet/expire";
import { createScorerClient } from "./adapters/scorer";
import { ScorerDesk } from "./competitions/desk";
import { startCompetitions } from "./competitions/start";
import type { WorkerDeps } from "./deps";
import { measureAll } from "./fleet/measure";
import { removeOrphans } from "./fleet/orphans";
import { fleetRound } from "./fleet/round";
import { step } from "./fleet/step";
import { startLoop } from "./loop";
import { observedAgent, WorkerMetrics } from "./metrics/registry";
import { serveMetrics } from "./metrics/server";
import { createRunner } from "./runner";
import { reservationsRound } from "./schedule/reservations";
import { scheduleRound } from "./schedule/round";
import { probesRound } from "./sessions/probe";
import { sessionsRound } from "./sessions/round";
import { sweepEndedRound, sweepRound } from "./sweep";
import { samplesRound } from "./telemetry/round";
import {
  asideDrainMs,
  drainMs,
  expiryLookBackMs,
  expiryMs,
  fleetMs,
  heldHoursMs,
  hoursMs,
  inventoryMs,
  ledgerCheckMs,
  parallelKeyPushes,
  parallelOperations,
  parallelProbes,
  parallelSessions,
  plannedStartsMs,
  pollMs,
  reservationsMs,
  scheduleMs,
  sweepEndedMs,
  sweepMs,
  timeLimitMs,
  usageMs,
  warnMs,
} from "./tunables";
import { usageRound } from "./usage/round";
import { listenForWork } from "./wake-socket";
import { ledgerCheckRound } from "./wallet/round";
import { operationsRound } from "./workspaces/round";

/** Enough for every session and operation acted on, their parallel writes, and the loops. */
const poolSize = 32;

const env = workerEnv();
const log = createLog("worker", env.MEDFORGE_LOG_LEVEL);
const db = connectDb({ url: env.DATABASE_URL, poolSize });
// Before anything is claimed: with weeks of another zone than hours are sold in nothing may go on.
await settleWeeks(db, env.MEDFORGE_ZONE);
const metrics = new WorkerMetrics(db, log);
const deps: WorkerDeps = {
  db,
  log,
  metrics,
  agent: observedAgent(createAgentClient(env.MEDFORGE_AGENT_SOCKET), metrics),
  installationId: await ensureInstallation(db),
  owner: `wkr_${randomBytes(8).toString("hex")}`,
  probeHost: env.MEDFORGE_SSH_PROBE_HOST,
  aside: (task) => asideTasks.start(task),
};

/** Nothing is claimed for it, so it has no bound but what begins it. */
const asideTasks = createRunner(Number.POSITIVE_INFINITY, () => undefined);
const sessionTasks = createRunner(parallelSessions, () => sessionsLoop.wake());
const keyTasks = createRunner(parallelKeyPushes, () => keysLoop.wake());
const probeTasks = createRunner(parallelProbes, () => probesLoop.wake());
const operationTasks = createRunner(parallelOperations, () => operationsLoop.wake());
const every = (pause: number | (() => number)) => ({ every: pause, log, observe: metrics.observeLoop });
const sessionsLoop = startLoop(
  "sessions",
  every(pollMs),
  sessionsRound(deps, sessionTasks, ["STARTING", "STOPPING"]),
);
const keysLoop = startLoop("keys", every(pollMs), sessionsRound(deps, keyTasks, ["RUNNING"]));
const operationsLoop = startLoop("operations", every(pollMs), operationsRound(deps, operationTasks));
const probesLoop = startLoop("probes", every(pollMs), probesRound(deps, probeTasks, sessionTasks));
const scheduleLoop = startLoop("schedule", every(scheduleMs), scheduleRound(deps));
const reservationsLoop = startLoop("reservations", every(reservationsMs), reservationsRound(deps));
const otherLoops = [
  probesLoop,
  scheduleLoop,
  reservationsLoop,
  startLoop(
    "fleet",
    every(fleetMs),
    fleetRound(deps, () => sessionsLoop.wake()),
  ),
  startLoop("measure", every(inventoryMs), () => step(deps, "measure", () => measureAll(deps))),
  startLoop("orphans", every(fleetMs), () => step(deps, "orphans", () => removeOrphans(deps))),
  startLoop("time-limits", every(timeLimitMs), async () => {
    const overdue = await stopOverdue(db);
    if (overdue + (await stopOutOfHours(db)) > 0) sessionsLoop.wake();
  }),
  startLoop("gpu-hours", every(hoursMs), () => applyWeeklyHours(db, env.MEDFORGE_ZONE)),
  startLoop("held-hours", every(heldHoursMs), () => applyHeldHours(db)),
  startLoop("planned-starts", every(plannedStartsMs), async () => {
    if ((await startPlanned(db, env.MEDFORGE_ZONE)) > 0) sessionsLoop.wake();
  }),
  startLoop("warnings", every(warnMs), () => warnOfEnds(db)),
  startLoop(
    "samples",
    every(() => msToNextSlot(Date.now())),
    samplesRound(deps),
  ),
  startLoop("usage", every(usageMs), usageRound(deps)),
  startLoop("expiry", every(expiryMs), async () => {
    await voidExpired(db, expiryLookBackMs);
  }),
  startLoop("ledger-check", every(ledgerCheckMs), ledgerCheckRound(deps)),
  startLoop("sweep", every(sweepMs), sweepRound(deps)),
  startLoop("sweep-ended", every(sweepEndedMs), sweepEndedRound(deps)),
];
const desk = new ScorerDesk(createScorerClient(env.MEDFORGE_SCORER_SOCKET), env.MEDFORGE_SCORER_MEMORY_MB);
const competitions = startCompetitions(
  { db, log, metrics, owner: deps.owner, desk },
  env.MEDFORGE_SCORER_JOBS,
  metrics.observeLoop,
);
const wakeSocket = listenForWork(env.MEDFORGE_WAKE_PORT, log, () => {
  competitions.wake();
  for (const loop of [sessionsLoop, keysLoop, operationsLoop, scheduleLoop, reservationsLoop]) loop.wake();
});
const metricsServer = serveMetrics(deps, env.MEDFORGE_METRICS_PORT);
log.info({ owner: deps.owner, installation: deps.installationId }, "Worker ready.");

/** Claims nothing more, finishes what it is at; what takes too long runs out of its lease and is claimed anew. */
async function shutDown(signal: string): Promise<void> {
  log.info({ signal }, "Ending.");
  wakeSocket.close();
  metricsServer?.close();
  const judged = competitions.stop();
  await Promise.all([sessionsLoop, keysLoop, operationsLoop].map((loop) => loop.stop()));
  const tasks = [sessionTasks, keyTasks, operationTasks];
  const drained = await Promise.all([judged, ...tasks.map((each) => each.drain(drainMs))]);
  // Last, since those begin some; a short while, since a measurement that is cut off is made up for.
  drained.push(await asideTasks.drain(asideDrainMs));
  if (drained.includes(false)) log.warn("Some work was not finished; it goes on when its claim runs out.");
  await Promise.race([
    Promise.all(otherLoops.map((loop) => loop.stop())),
    new Promise((resolve) => setTimeout(resolve, fleetMs)),
  ]);
  process.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    shutDown(signal).catch((error: unknown) => {
      log.error({ err: error }, "Ending failed.");
      process.exit(1);
    });
  });
}
