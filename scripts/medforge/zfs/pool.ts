import { existsSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { type Config, shortNameOf } from "../config";
import type { Context } from "../context";
import { SetupError } from "../errors";
import { run, tryRun, which } from "../exec";

/** Room for workspaces where nobody said otherwise, in GB; the file is sparse, so it takes what is used. */
const defaultPoolGb = 64;
/** A sparse file that outgrows its disk breaks every workspace in it: stay below this share of what is free. */
const shareOfFree = 0.8;
const gb = 1024 ** 3;

/** Whether this host's kernel has ZFS; loads the module where it is only lying there. */
export async function kernelHasZfs(): Promise<boolean> {
  if (existsSync("/dev/zfs")) return true;
  if (which("modprobe") === undefined || !(await tryRun(["modprobe", "--quiet", "zfs"])).ok) return false;
  return existsSync("/dev/zfs");
}

/** Whether zfs-fuse must run: a pool of our own on a kernel without ZFS. */
export async function usesZfsFuse(config: Config): Promise<boolean> {
  return config.zfsParent === null && !(await kernelHasZfs());
}

export function ownPoolName(config: Config): string {
  return `medforge-${shortNameOf(config)}`;
}

/** The dataset below which workspaces are made. */
export function zfsParentOf(config: Config): string {
  return config.zfsParent ?? `${ownPoolName(config)}/workspaces`;
}

/** Makes, imports or finds the parent dataset. Idempotent. @throws SetupError when a given one is unusable. */
export async function ensurePool(context: Context): Promise<void> {
  const { config } = context;
  if (config.zfsParent !== null) return ensureGivenParent(config.zfsParent);
  const pool = ownPoolName(config);
  if (!(await tryRun(["zpool", "list", "-H", pool])).ok) await importOrCreate(context, pool);
  // Also for one whose creation ended after we had given it up: from here on its file is never made anew.
  if (!existsSync(stampOf(context))) writeFileSync(stampOf(context), `${pool}\n`, { mode: 0o600 });
  const parent = zfsParentOf(config);
  if (!(await tryRun(["zfs", "list", "-H", parent])).ok) {
    // Never mounted itself: the agent mounts each workspace where it wants it.
    await run(["zfs", "create", "-o", "canmount=off", "-o", "mountpoint=none", parent]);
  }
}

async function ensureGivenParent(parent: string): Promise<void> {
  if ((await tryRun(["zfs", "list", "-H", parent])).ok) return;
  const made = await tryRun(["zfs", "create", "-p", "-o", "canmount=off", "-o", "mountpoint=none", parent]);
  if (made.ok) return;
  throw new SetupError(
    `MEDFORGE_ZFS_PARENT names ${parent}, which is not there and can't be made: ${made.stderr.trim()}`,
    "Name a dataset on a pool that `zpool list` shows.",
  );
}

/** Written once the pool is known to be whole; without it the file may be from a creation that was cut off. */
const stampOf = (context: Context) => `${context.layout.pool}/created`;

/** Replaying the log of a pool that was cut off, or writing a new one's labels to a busy disk, in ms. */
const poolTimeoutMs = 10 * 60_000;

async function importOrCreate(context: Context, pool: string): Promise<void> {
  const { layout } = context;
  if (existsSync(stampOf(context)) || (existsSync(layout.poolFile) && (await holdsPool(context)))) {
    // -f: after a reboot the pool looks as if another host had it; the file is ours alone.
    const argv = ["zpool", "import", "-f", "-d", layout.pool, "-o", "cachefile=none", pool];
    const imported = await tryRun(argv, { timeoutMs: poolTimeoutMs });
    if (imported.ok) return;
    throw new SetupError(
      `The workspaces' pool ${pool} in ${layout.poolFile} can't be imported: ${imported.stderr.trim()}`,
      `Look at it with \`zpool import -d ${layout.pool}\`. Nothing was changed.`,
    );
  }
  rmSync(layout.poolFile, { force: true });
  writeFileSync(layout.poolFile, "", { mode: 0o600 });
  truncateSync(layout.poolFile, poolBytes(context));
  const made = ["-m", "none", "-o", "cachefile=none", "-O", "atime=off", pool, layout.poolFile];
  await run(["zpool", "create", "-f", ...made], { timeoutMs: poolTimeoutMs });
}

/** Whether the pool file holds any pool, whole or not. @throws SetupError when that can't be told. */
async function holdsPool({ layout }: Context): Promise<boolean> {
  const seen = await tryRun(["zpool", "import", "-d", layout.pool], { timeoutMs: poolTimeoutMs });
  const text = `${seen.stdout}\n${seen.stderr}`.trim();
  if (/^\s*pool: /m.test(text)) return true;
  // zfs-fuse finds none in silence, with exit code 1.
  if (text === "" || /^no pools available/.test(text)) return false;
  throw new SetupError(
    `Whether ${layout.poolFile} holds workspaces can't be told: ${text}`,
    `Look at it with \`zpool import -d ${layout.pool}\`. Nothing was changed.`,
  );
}

function poolBytes({ config, layout }: Context): number {
  const { bavail, bsize } = statfsSync(layout.pool);
  const limit = Math.floor((bavail * bsize * shareOfFree) / gb);
  const wanted = config.poolSizeGb ?? Math.min(defaultPoolGb, limit);
  if (wanted < 1 || wanted > limit) {
    throw new SetupError(
      `No room for the workspaces: ${wanted < 1 ? "at least 1" : wanted} GB wanted, ${limit} GB (80 % of what is free) usable on ${layout.pool}.`,
      "Free space, set MEDFORGE_POOL_SIZE_GB, or give a dataset with MEDFORGE_ZFS_PARENT.",
    );
  }
  return wanted * gb;
}

/** Names of the pools that are open on this host, or null when that can't be told. */
export async function openPools(): Promise<string[] | null> {
  const listed = await tryRun(["zpool", "list", "-H", "-o", "name"]);
  return listed.ok ? listed.stdout.split("\n").filter((name) => name !== "") : null;
}

/** Closes the pool cleanly. @returns false when something still uses it. */
export async function exportPool(config: Config): Promise<boolean> {
  if (config.zfsParent !== null) return true;
  const pool = ownPoolName(config);
  if (!(await tryRun(["zpool", "list", "-H", pool])).ok) return true;
  return (await tryRun(["zpool", "export", pool])).ok;
}
