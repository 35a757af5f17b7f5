import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { basicChildEnv } from "@/lib/kernel/env";
import { givenToTests } from "../env";
import { SetupError } from "../errors";
import { tryRun } from "../exec";
import { parseJson } from "../json";
import { underLock } from "../lock";
import { pathWeakness } from "../steps/folders";
import { waitFor } from "../wait";
import { kernelHasZfs } from "../zfs/pool";
import { attached, prefixed } from "./attached";

/** Shared by all worlds of this user: what depends on content alone. */
const base = `/var/tmp/medforge-test-${process.getuid?.() ?? 0}`;
export const testCache = join(base, "cache");

/** What makes or removes something that all worlds share happens one at a time. */
export const aloneInTestBase = <T>(work: () => Promise<T>) => underLock(join(base, "enter.lock"), work);

/** Anybody may have made a folder of that name first. @throws SetupError unless it is root's alone. */
export function ensureTestBase(): void {
  mkdirSync(base, { recursive: true, mode: 0o755 });
  const weakness = pathWeakness(base);
  if (weakness)
    throw new SetupError(`Tests can't use ${base}: ${weakness}.`, "Remove it, then run this again.");
  mkdirSync(testCache, { recursive: true, mode: 0o755 });
}

const lockOf = (world: string) => join(world, "lock");

/** A world is alive while its processes hold its lock, whichever namespace they or we are in. */
async function isDead(world: string): Promise<boolean> {
  return !existsSync(lockOf(world)) || (await tryRun(["flock", "--nonblock", lockOf(world), "true"])).ok;
}

const named = z.object({ seed: z.string() });

/** What the world's installation calls its pool and its control groups. */
function nameOf(world: string): string | undefined {
  const config = join(world, "d/config.json");
  if (!existsSync(config)) return undefined;
  const { data } = named.safeParse(parseJson(readFileSync(config, "utf8")));
  return data && `medforge-${data.seed.slice(-8)}`;
}

/** Empty control groups of a dead world's containers: the kernel keeps them until someone removes them. */
function removeControlGroups(name: string): void {
  const root = "/sys/fs/cgroup";
  // Version 2 has one tree, version 1 one per controller.
  for (const tree of ["", ...readdirSync(root)]) removeGroupTree(join(root, tree, name));
}

function removeGroupTree(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroupTree(join(group, entry.name));
  }
  try {
    rmdirSync(group);
  } catch (error) {
    // A process in it is still ending, so that the next run removes it; or it has just gone by itself.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EBUSY" && code !== "ENOENT") throw error;
  }
}

/** Removes what outlives a world's processes. */
async function removeWorld(world: string): Promise<void> {
  const name = nameOf(world);
  if (name !== undefined) {
    removeControlGroups(name);
    // A kernel's ZFS is one for all worlds; zfs-fuse went with its own.
    if (await kernelHasZfs()) await tryRun(["zpool", "export", "-f", name]);
  }
  rmSync(world, { recursive: true, force: true });
}

/** Removes what test runs left that were killed; a live world is left alone. */
async function clearDeadWorlds(): Promise<void> {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith("w"))) {
    const world = join(base, name);
    if (await isDead(world)) await removeWorld(world);
  }
}

export interface WorldOptions<T> {
  /** A shell: it gets Ctrl-C itself, and leaving on it would end the world under it. */
  readonly interactive?: boolean;
  /** In front of each line that it prints, where several worlds print at once; without it this terminal is its own. */
  readonly prefix?: string;
  /** What is taken out of the world before it is removed. */
  readonly leave: (world: string, code: number) => T;
}

/**
 * Runs this command again in a world of its own: mounts, network and processes that end with it, so that no test
 * can touch a running installation.
 * @returns what was taken out of the world.
 */
export async function enterWorld<T>(
  root: string,
  args: readonly string[],
  { interactive = false, prefix, leave }: WorldOptions<T>,
): Promise<T> {
  if (interactive) process.on("SIGINT", () => undefined);
  // Until its lock is held, a world looks dead to every other run.
  const { world, code } = await aloneInTestBase(async () => {
    await clearDeadWorlds();
    const fresh = mkdtempSync(join(base, "w"));
    chmodSync(fresh, 0o755);
    writeFileSync(lockOf(fresh), "", { mode: 0o600 });
    const begun = runInside(fresh, root, args, prefix);
    await Promise.race([begun, untilAlive(fresh)]);
    return { world: fresh, code: begun };
  });
  const left = leave(world, await code);
  await aloneInTestBase(() => removeWorld(world));
  return left;
}

/** Longest that a process may take to lock a file on a busy machine, in ms. */
const aliveMs = 60_000;

function untilAlive(world: string): Promise<void> {
  return waitFor("The test world", aliveMs, async () => ((await isDead(world)) ? "not begun yet" : null));
}

function runInside(
  world: string,
  root: string,
  args: readonly string[],
  prefix: string | undefined,
): Promise<number> {
  const argv = [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...["flock", "--no-fork", lockOf(world)],
    ...["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"],
    ...["sh", join(root, "scripts/medforge/test/init.sh")],
    ...[process.execPath, join(root, "scripts/medforge/start.mjs")],
    ...["test", "--world", world, ...args],
  ];
  const env = { ...basicChildEnv(), ...givenToTests(), MEDFORGE_CACHE: testCache };
  return prefix === undefined ? attached(argv, root, env) : prefixed(argv, root, env, prefix);
}
