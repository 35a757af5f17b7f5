import { open } from "node:fs/promises";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { type Argv, CommandError, failureOf, run, runOk } from "./run";

/** Destroying a large dataset, or waiting for a busy pool's next transaction group. */
const zfsTimeoutMs = 120_000;

/**
 * Held by what mounts, so that there is one at a time on a host, whichever agent's and also after an agent's end: zfs-fuse
 * tells its own listener of a new mount in two writes to a pipe, and where those of two mounts mix, it answers for no file
 * system any more until it is started again.
 */
export const mountLock = "/run/medforge-mount.lock";
const mountWaitSeconds = 20;
/** EX_TEMPFAIL, which `zfs` itself never ends with: the lock was not to be had in time. */
const mountLockTaken = 75;
/** The wait, and a mount after it; less than a caller of `workspace.ensure` waits. */
const mountTimeoutMs = 50_000;

export type Properties = ReadonlyMap<string, string>;

/** Whether nothing else was wrong than that some of the datasets do not exist. */
const areMissing = (stderr: string): boolean =>
  stderr
    .trim()
    .split("\n")
    .every((line) => line.includes("does not exist"));

/** What `zfs` says when nobody serves it: its daemon died before or during the call, or the kernel has no module. */
const unserved = /initialize ZFS library|^internal error: (Connection|Broken pipe|Transport)|\/dev\/zfs/im;

/** A failed `zfs` as the agent's error: `storage_unavailable`, `no_space` when the pool is full, else `failed`. */
export function zfsError(cause: unknown): unknown {
  if (!(cause instanceof CommandError)) return cause;
  // Without a code it was killed when its time was over, as for a pool that hangs.
  if (cause.code === null || unserved.test(cause.stderr)) {
    return new AgentError("storage_unavailable", `ZFS does not answer: ${cause.brief}`, { cause });
  }
  if (cause.code === mountLockTaken) {
    return new AgentError("storage_unavailable", "ZFS does not answer: another mount does not end", {
      cause,
    });
  }
  const full = /out of space|No space left/i.test(cause.stderr);
  const said = full ? "The pool that holds the workspaces is full" : "ZFS refused";
  return new AgentError(full ? "no_space" : "failed", `${said}: ${cause.brief}`, { cause });
}

/** Runs `zfs` with arguments. @throws AgentError as `zfsError` sorts them. */
export async function zfs(...args: string[]): Promise<string> {
  try {
    return await runOk(["zfs", ...args], { timeoutMs: zfsTimeoutMs });
  } catch (cause) {
    throw zfsError(cause);
  }
}

/** Makes the lock where it is missing, so that root alone can hold it: whoever may read a file can. */
export async function makeMountLock(): Promise<void> {
  const file = await open(mountLock, "a", 0o600);
  await file.close();
}

/** Runs a `zfs` that mounts, while no other does. @throws AgentError as `zfsError` sorts them. */
export async function zfsMounting(...args: string[]): Promise<void> {
  const argv: Argv = ["zfs", ...args];
  const wait = ["--wait", String(mountWaitSeconds), "--conflict-exit-code", String(mountLockTaken)];
  try {
    const result = await run(["flock", ...wait, mountLock, ...argv], { timeoutMs: mountTimeoutMs });
    if (result.code !== 0) throw failureOf(argv, result);
  } catch (cause) {
    throw zfsError(cause);
  }
}

/**
 * Properties of datasets and, when `deep`, of all datasets and snapshots below them, numbers exact. zfs-fuse has no
 * `zfs list -p`; `zfs get -p` is the same on both.
 * @returns by dataset name; those that do not exist are not in it.
 * @throws AgentError as `zfsError` sorts them.
 */
export async function getProperties(
  datasets: string | readonly string[],
  names: readonly string[],
  deep = false,
  timeoutMs = zfsTimeoutMs,
): Promise<Map<string, Properties>> {
  const scope = deep ? ["-r"] : [];
  const wanted = typeof datasets === "string" ? [datasets] : datasets;
  const what = ["-o", "name,property,value", names.join(","), ...wanted];
  const argv: Argv = ["zfs", "get", "-Hp", ...scope, ...what];
  try {
    const result = await run(argv, { timeoutMs });
    if (result.code !== 0 && !areMissing(result.stderr)) throw failureOf(argv, result);
    return parseProperties(result.stdout);
  } catch (cause) {
    throw zfsError(cause);
  }
}

/** Parses `zfs get -Hp -o name,property,value`. */
function parseProperties(text: string): Map<string, Properties> {
  const byName = new Map<string, Map<string, string>>();
  for (const line of text.split("\n")) {
    const [name, property, value] = line.split("\t");
    if (name === undefined || property === undefined || value === undefined) continue;
    const properties = byName.get(name) ?? new Map<string, string>();
    byName.set(name, properties.set(property, value));
  }
  return byName;
}

/** A property that ZFS prints as a whole number. @throws Error when it is missing or no number. */
export function numberOf(properties: Properties | undefined, name: string): number {
  const value = Number(properties?.get(name) ?? Number.NaN);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`ZFS property ${name} is "${properties?.get(name)}", not a number`);
  }
  return value;
}
