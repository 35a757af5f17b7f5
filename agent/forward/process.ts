import { z } from "zod";
import { processesOfUser, readProc, startTicks } from "../proc";

/** A process told apart from a later one that got the same number. */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks between boot and the process's start. */
  startTicks: z.number().int().nonnegative(),
  bootId: z.string(),
});
export type ProcessIdentity = z.output<typeof processIdentity>;

const bootId = async (): Promise<string> =>
  ((await readProc("sys", "kernel", "random", "boot_id")) ?? "unknown").trim();

/** Undefined when there is no such process, or a zombie is left of it. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readProc(String(pid), "stat");
  if (stat === undefined || stat.charAt(stat.lastIndexOf(")") + 2) === "Z") return undefined;
  return { pid, startTicks: startTicks(stat), bootId: await bootId() };
}

/** Whether exactly this process still runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** The processes of that user with exactly this command line, those that serve single connections among them. */
export async function processesOf(uid: number, argv: readonly string[]): Promise<number[]> {
  const commandLine = argv.map((word) => `${word}\0`).join("");
  const pids = await processesOfUser(uid);
  const lines = await Promise.all(pids.map((pid) => readProc(String(pid), "cmdline")));
  return pids.filter((_, index) => lines[index] === commandLine);
}

const listening = "0A";

/** Whether a socket of that user listens on a TCP port. */
export async function listensOn(port: number, uid: number): Promise<boolean> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ((await readProc("net", "tcp")) ?? "").split("\n").some((line) => {
    const [, local, , state, , , , owner] = line.trim().split(/\s+/);
    return state === listening && local?.endsWith(suffix) === true && Number(owner) === uid;
  });
}
