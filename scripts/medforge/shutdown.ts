import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { Context } from "./context";
import { withData } from "./cure";
import { sessionsOf } from "./docker/engine";
import { goingOn, livingSessions } from "./docker/living";
import { run } from "./exec";
import { mountsBelow } from "./mounts";
import { type PartName, partNames } from "./parts/part";
import { endProcess } from "./processes";
import { findChild, forgetChild } from "./supervisor/child";
import type { Supervisor } from "./supervisor/supervisor";
import { exportPool, openPools } from "./zfs/pool";

/** Outside in: nobody is served by what is gone already. The engine leaves its containers running. */
const stopOrder = [
  "caddy",
  "web",
  "worker",
  "scorer",
  "agent",
  "docker",
  "mariadb",
] as const satisfies readonly PartName[];
/** For parts that a killed supervisor left, in ms. */
const leftoverGraceMs = 60_000;

/**
 * Closes our pool where no session uses it.
 * @param served whether a zfs-fuse of ours serves it: ending that would break every pool that is open on the host
 * @returns why pool or zfs-fuse stay, or null
 */
async function closePool(
  { config }: Context,
  sessions: readonly string[] | null,
  served: boolean,
): Promise<string | null> {
  const kept = "The workspaces' pool stays open, since something may still use it.";
  if (sessions === null || sessions.length > 0 || !(await exportPool(config))) return kept;
  if (!served) return null;
  const open = await openPools();
  if (open === null) return kept;
  return open.length === 0 ? null : `zfs-fuse goes on: it also serves ${open.join(", ")}.`;
}

/**
 * An engine that ends around a living session leaves the mount of its data root on itself, and no later one takes that
 * away: the folder could not be deleted. What the operator mounted as the data root is theirs and stays.
 */
async function unmountEngine({ config, layout }: Context): Promise<void> {
  if (findChild(layout, "docker") || livingSessions(config, layout).length > 0) return;
  // Of its own file system, so a bind: a disk that an operator mounted below it is theirs, too.
  const points = mountsBelow(layout.dockerData).filter(
    (point) => point !== layout.dockerData && statSync(point).dev === statSync(dirname(point)).dev,
  );
  for (const point of points) await run(["umount", point]);
}

/** Mounts that stay keep nothing from being stopped. */
async function tryUnmountEngine(context: Context, say: (doing: string) => void): Promise<void> {
  try {
    await unmountEngine(context);
  } catch (error) {
    say(`what the engine mounted stays: ${error instanceof Error ? error.message : error}`);
  }
}

/** One part that won't end keeps no other from being stopped. @returns its name where it did not end. */
async function tryStop(
  name: PartName,
  say: (doing: string) => void,
  stop: () => Promise<void>,
): Promise<PartName[]> {
  say(`stopping ${name}`);
  try {
    await stop();
    return [];
  } catch (error) {
    say(`${name} could not be stopped: ${error instanceof Error ? error.message : error}`);
    return [name];
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
  const { layout, config } = context;
  const stuck: PartName[] = [];
  let sessions: string[] | null = null;
  for (const name of stopOrder) {
    // Asked while the engine still answers, after the last who could start one has gone.
    if (name === "docker") sessions = await sessionsOf(config, layout);
    stuck.push(...(await tryStop(name, say, () => supervisor.stop(name))));
  }
  await tryUnmountEngine(context, say);
  say("closing the pool");
  const served = supervisor.has("zfs");
  const why = await closePool(context, sessions, served);
  if (why !== null) supervisor.release("zfs");
  else if (served) stuck.push(...(await tryStop("zfs", say, () => supervisor.stop("zfs"))));
  if (stuck.length > 0) return `Not stopped: ${stuck.join(", ")}.`;
  if (sessions !== null && sessions.length > 0) return `Stopped. ${withData(goingOn(sessions), layout.dir)}`;
  return why === null ? "Everything is stopped." : `Stopped. ${why}`;
}

/** Stops what a killed supervisor left behind, without a supervisor. @returns the names of what it stopped. */
export async function stopLeftovers(context: Context, say: (doing: string) => void): Promise<PartName[]> {
  const { layout, config } = context;
  const found = partNames.filter((name) => findChild(layout, name) !== undefined);
  const sessions = found.includes("docker") ? await sessionsOf(config, layout) : null;
  const end = (name: PartName) =>
    tryStop(name, say, async () => {
      const child = findChild(layout, name);
      if (child) await endProcess(name, child.identity, leftoverGraceMs);
      forgetChild(layout, name);
    });
  const stuck: PartName[] = [];
  for (const name of stopOrder) if (found.includes(name)) stuck.push(...(await end(name)));
  await tryUnmountEngine(context, say);
  if (!found.includes("zfs")) return found.filter((name) => !stuck.includes(name));
  const why = await closePool(context, sessions, true);
  if (why === null) stuck.push(...(await end("zfs")));
  else say(why);
  return found.filter((name) => !stuck.includes(name) && (name !== "zfs" || why === null));
}
