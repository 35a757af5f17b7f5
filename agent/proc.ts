import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { unlessGone } from "./gone";

/** Processes looked at beside each other: a session may have thousands of them. */
const atOnce = 32;

/** A file of /proc; undefined when the process has gone. */
export const readProc = (...path: string[]): Promise<string | undefined> =>
  unlessGone(() => readFile(join("/proc", ...path), "utf8"));

/** Start time in ticks since boot: field 22 of /proc/PID/stat, counted behind the command's closing parenthesis. */
export function startTicks(procStat: string): number {
  return Number(procStat.slice(procStat.lastIndexOf(")") + 2).split(" ")[19]);
}

/** The owner of its folder in /proc is quickly told, and is root instead where a process may not be looked into. */
async function belongsTo(pid: number, uid: number): Promise<boolean> {
  const owner = (await unlessGone(() => stat(join("/proc", String(pid)))))?.uid;
  return (owner === uid || owner === 0) && (await uidOf(pid)) === uid;
}

async function uidOf(pid: number): Promise<number | undefined> {
  const uid = /^Uid:\t(\d+)\t/m.exec((await readProc(String(pid), "status")) ?? "")?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/**
 * Numbers of a user's processes. To be asked before anything else of a process is read: how long a command line is, and
 * how many files are open, is up to whom it belongs to.
 */
export async function processesOfUser(uid: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (let start = 0; start < pids.length; start += atOnce) {
    const some = pids.slice(start, start + atOnce);
    const theirs = await Promise.all(some.map((pid) => belongsTo(pid, uid)));
    found.push(...some.filter((_, index) => theirs[index]));
  }
  return found;
}

/** Ends a process at once; already gone is success. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
