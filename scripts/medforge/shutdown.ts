import type { Context } from "./context";
import { withData } from "./cure";
import { dockerSocketOf, runningSessions } from "./docker/engine";
import { goingOn } from "./docker/living";
import { type PartName, partNames } from "./parts/part";
import { endProcess } from "./processes";
import { findChild, forgetChild } from "./supervisor/child";
import type { Supervisor } from "./supervisor/supervisor";
import { exportPool } from "./zfs/pool";

/** Outside in: nobody is served by what is gone already. The engine leaves its containers running. */
const stopOrder = ["caddy", "web", "worker", "agent"] as const satisfies readonly PartName[];
/** For parts that a killed supervisor left, in ms. */
const leftoverGraceMs = 60_000;

/** Running session containers, or null when the engine can't be asked: then sessions may be running. */
async function sessionsOf({ config, layout }: Context): Promise<string[] | null> {
  try {
    return await runningSessions(dockerSocketOf(config, layout));
  } catch {
    return null;
  }
}

/**
 * Stops every part. Sessions go on: their containers outlive the engine, and while there are any the pool stays.
 * @returns what was left running, as a sentence.
 */
export async function stopInstallation(
  context: Context,
  supervisor: Supervisor,
  say: (doing: string) => void,
): Promise<string> {
  const { layout } = context;
  for (const name of stopOrder) {
    say(`stopping ${name}`);
    await supervisor.stop(name);
  }
  const sessions = await sessionsOf(context);
  say("stopping docker");
  await supervisor.stop("docker");
  say("stopping mariadb");
  await supervisor.stop("mariadb");
  const quiet = sessions !== null && sessions.length === 0;
  if (quiet) say("closing the pool");
  if (quiet && (await exportPool(context.config))) {
    await supervisor.stop("zfs");
    return "Everything is stopped.";
  }
  supervisor.release("zfs");
  return sessions !== null && sessions.length > 0
    ? `Stopped. ${withData(goingOn(sessions), layout.dir)}`
    : "Stopped. The workspaces' pool stays open, since something may still use it.";
}

/** Stops what a killed supervisor left behind, without a supervisor. @returns the names of what it stopped. */
export async function stopLeftovers(context: Context, say: (doing: string) => void): Promise<string[]> {
  const { layout } = context;
  const found = partNames.filter((name) => findChild(layout, name) !== undefined);
  const sessions = found.includes("docker") ? await sessionsOf(context) : null;
  const quiet = sessions !== null && sessions.length === 0;
  const stopped: string[] = [];
  for (const name of [...stopOrder, "docker", "mariadb", "zfs"] as const) {
    const child = findChild(layout, name);
    if (!child) continue;
    if (name === "zfs" && !(quiet && (await exportPool(context.config)))) continue;
    say(`stopping ${name}`);
    await endProcess(name, child.identity, leftoverGraceMs);
    forgetChild(layout, name);
    stopped.push(name);
  }
  return stopped;
}
