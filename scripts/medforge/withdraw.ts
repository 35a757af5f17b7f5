import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Layout } from "./layout";
import { holdLock } from "./lock";
import { logFile } from "./supervisor/child";

/** The topmost folder on the way to the data folder that is not there yet; undefined when all of it is. */
export function firstMissing({ dir }: Layout): string | undefined {
  let missing: string | undefined;
  for (let at = dir; !existsSync(at); at = dirname(at)) missing = at;
  return missing;
}

/** @returns whether the folder is gone. */
function removedEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    // Somebody put something into it, or uses it.
    if (code === "ENOTEMPTY" || code === "EBUSY") return false;
    throw error;
  }
}

/**
 * Takes back a data folder that set-up made and was then refused, before it kept anything: from there up to `made`, as
 * far as nothing else is in them. Only for who holds the folder's lock.
 */
export function withdrawDataFolder(layout: Layout, made: string | undefined): void {
  if (made === undefined || existsSync(layout.configFile) || existsSync(layout.seedFile)) return;
  rmSync(layout.lock, { force: true });
  rmSync(logFile(layout, "supervisor"), { force: true });
  if (!removedEmpty(layout.log)) return;
  for (let at = layout.dir; at.startsWith(made); at = dirname(at)) if (!removedEmpty(at)) return;
}

/** A process that is just ending gets this long to let go, in seconds: a busy machine takes its time. */
const waitSeconds = 10;

/** The same for who does not hold the lock: nothing is taken back from a process that does. */
export async function withdrawLetGo(layout: Layout, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  const letGo = await holdLock(layout.lock, waitSeconds);
  if (!letGo) return;
  withdrawDataFolder(layout, made);
  letGo();
}
