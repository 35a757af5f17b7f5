import { readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";
import { waitFor } from "./wait";

/** A process told apart from a later one that got the same number. */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks between boot and the process's start: field 22 of /proc/PID/stat. */
  startTicks: z.string(),
  bootId: z.string(),
});
export type ProcessIdentity = z.output<typeof processIdentity>;

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** State letter and start time, or undefined when there is no such process. */
function stat(pid: number): { state: string; startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so fields are counted after the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** @returns undefined when the process is gone already. */
export function identify(pid: number): ProcessIdentity | undefined {
  const found = stat(pid);
  return found && { pid, startTicks: found.startTicks, bootId: bootId() };
}

/** Whether exactly this process still runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  const found = stat(identity.pid);
  return found !== undefined && found.state !== "Z" && found.startTicks === identity.startTicks;
}

/** The file name of the program that a process runs, or undefined. */
export function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).split("/").at(-1);
  } catch {
    return undefined;
  }
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    // Gone between the look and the signal: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** How long the kernel gets to reap a killed process, in ms: it may first have to finish a disk write. */
const killMs = 10_000;

/** Asks a process to end, waits `graceMs`, then kills it. Already gone is success. */
export async function endProcess(what: string, identity: ProcessIdentity, graceMs: number): Promise<void> {
  const gone = async () => (isAlive(identity) ? "still running" : null);
  signal(identity, "SIGTERM");
  try {
    await waitFor(what, graceMs, gone);
  } catch {
    signal(identity, "SIGKILL");
    await waitFor(what, killMs, gone);
  }
}
