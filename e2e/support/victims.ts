import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { testEnv } from "./env";
import { type Part, pidOf, processes } from "./host";
import { despiteFaults } from "./trial";

/** A process of the installation that can be killed and comes back by itself. */
export interface Victim {
  name: string;
  pid(): number | undefined;
}

const part = (name: string, supervised: Part): Victim => ({ name, pid: () => pidOf(supervised) });

/** Docker's own child; in this world there is one. */
function containerdPid(): number | undefined {
  return processes().find(({ argv }) => basename(argv[0] ?? "") === "containerd")?.pid;
}

export const web = part("web", "web");
export const worker = part("the worker", "worker");
export const scorer = part("the scorer", "scorer");
export const agent = part("the agent", "agent");
export const dockerd = part("the Docker engine", "docker");
export const containerd: Victim = { name: "Docker's containerd", pid: containerdPid };
export const mariadb = part("MariaDB", "mariadb");
export const zfsDaemon = part("the ZFS daemon", "zfs");

/** The process that leads from a port of the host's to an internal session. */
export const forwardTo = (port: number): Victim => ({
  name: `the SSH forward of port ${port}`,
  pid: () =>
    processes().find(
      ({ argv }) => argv[0] === "socat" && argv.some((word) => word.startsWith(`TCP4-LISTEN:${port},`)),
    )?.pid,
});

/** Where the kernel has ZFS there is no daemon to kill. */
export const victims: readonly Victim[] = [
  ...[web, worker, agent, dockerd, containerd, mariadb],
  ...(zfsDaemon.pid() === undefined ? [] : [zfsDaemon]),
];

/** As a power cut or the kernel's memory killer would. @returns the process that is no more */
export function kill(victim: Victim): number {
  const pid = victim.pid();
  if (pid === undefined) throw new Error(`${victim.name} is not running`);
  process.kill(pid, "SIGKILL");
  return pid;
}

/** Waits for the successor of a killed process; undefined: of one that was down already. */
export function succeeded(victim: Victim, killed: number | undefined): Promise<number> {
  return despiteFaults(`${victim.name} was started again`, async () => {
    const pid = victim.pid();
    return pid === killed ? undefined : pid;
  });
}

const lockFile = z.object({ pid: z.number().int() });

/** The process that keeps the parts running. */
export function supervisorPid(): number {
  const text = readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "lock"), "utf8");
  return lockFile.parse(JSON.parse(text)).pid;
}

/**
 * Kills a part, unless it is down already, and changes its ground before its supervisor, which is held meanwhile, starts
 * it again.
 * @returns once its successor runs
 */
export async function whileDown(victim: Victim, change: () => Promise<void>): Promise<void> {
  const supervisor = supervisorPid();
  process.kill(supervisor, "SIGSTOP");
  const pid = victim.pid();
  try {
    if (pid !== undefined) {
      process.kill(pid, "SIGKILL");
      await despiteFaults(`${victim.name} is gone`, async () => hasEnded(pid) || undefined);
    }
    await change();
  } finally {
    process.kill(supervisor, "SIGCONT");
  }
  await succeeded(victim, pid);
}

/** Holds a process while `work` runs; it goes on afterwards as if nothing had been. */
export async function whileStalled<T>(victim: Victim, work: () => Promise<T>): Promise<T> {
  const pid = victim.pid();
  if (pid === undefined) throw new Error(`${victim.name} is not running`);
  process.kill(pid, "SIGSTOP");
  try {
    return await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

/** With its last thread and its last open file: a zombie waits for its held parent alone. */
function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const isZombie = stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
    return isZombie && readdirSync(`/proc/${pid}/task`).length === 1;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return true;
    throw error;
  }
}
