import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicChildEnv } from "@/lib/kernel/env";
import { setupEnv } from "../env";
import { processEnv, tryRun } from "../exec";

/** Shared by all worlds of this user: what depends on content alone. */
const base = `/var/tmp/medforge-test-${process.getuid?.() ?? 0}`;
export const testCache = join(base, "cache");

const lockOf = (world: string) => join(world, "lock");

/** A world is alive while its processes hold its lock, whichever namespace they or we are in. */
async function isDead(world: string): Promise<boolean> {
  return !existsSync(lockOf(world)) || (await tryRun(["flock", "--nonblock", lockOf(world), "true"])).ok;
}

/** Empty control groups of a dead world's containers: the kernel keeps them until someone removes them. */
function removeControlGroups(world: string): void {
  const config = join(world, "d/config.json");
  if (!existsSync(config)) return;
  const seed: unknown = JSON.parse(readFileSync(config, "utf8")).seed;
  if (typeof seed !== "string") return;
  for (const controller of readdirSync("/sys/fs/cgroup")) {
    removeGroupTree(join("/sys/fs/cgroup", controller, `medforge-${seed.slice(-8)}`));
  }
}

function removeGroupTree(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroupTree(join(group, entry.name));
  }
  try {
    rmdirSync(group);
  } catch (error) {
    // A process in it is still ending: the next run removes it.
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
  }
}

/** Removes what test runs left that were killed; a live world is left alone. */
async function clearDeadWorlds(): Promise<void> {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith("w"))) {
    const world = join(base, name);
    if (!(await isDead(world))) continue;
    removeControlGroups(world);
    rmSync(world, { recursive: true, force: true });
  }
}

/**
 * Runs this command again in a world of its own: mounts, network and processes that end with it, so that no test
 * can touch a running installation.
 * @returns the exit code of the run inside.
 */
export async function enterWorld(
  root: string,
  args: readonly string[],
  interactive: boolean,
): Promise<number> {
  mkdirSync(testCache, { recursive: true, mode: 0o755 });
  await clearDeadWorlds();
  const world = join(base, `w${process.pid}-${Date.now().toString(36)}`);
  mkdirSync(world);
  writeFileSync(lockOf(world), "");
  // The shell inside gets Ctrl-C itself; leaving on it would end the world under it.
  if (interactive) process.on("SIGINT", () => undefined);
  const code = await runInside(world, root, args);
  removeControlGroups(world);
  rmSync(world, { recursive: true, force: true });
  return code;
}

function runInside(world: string, root: string, args: readonly string[]): Promise<number> {
  const argv = [
    ...["--pdeathsig", "KILL", "--"],
    ...["flock", "--no-fork", "--nonblock", lockOf(world)],
    ...["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"],
    ...["sh", join(root, "scripts/medforge/test/init.sh")],
    ...[process.execPath, ...process.execArgv, join(root, "scripts/medforge/main.ts")],
    ...["test", "--world", world, ...args],
  ];
  const { CI, HOME, SHELL, TERM } = setupEnv();
  const env = processEnv({
    ...basicChildEnv(),
    ...{ HOME, SHELL, TERM },
    ...(CI === undefined ? {} : { CI }),
    MEDFORGE_CACHE: testCache,
    TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
  });
  return new Promise((resolve, reject) => {
    const child = spawn("setpriv", argv, { stdio: "inherit", env });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
