import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { unlessGone } from "./missing";

/** Linux reports process times in this many ticks a second to user space, on every architecture we run on. */
const ticksPerSecond = 100;
/** `__SO_ACCEPTCON` in /proc/net/unix: the socket listens. */
const listeningFlag = 0x10000;

/** Inode of the socket that listens on `path`, from the text of /proc/net/unix. */
export function listeningInode(procNetUnix: string, path: string): string | undefined {
  for (const line of procNetUnix.split("\n")) {
    const [, , , flags, , , inode, ...name] = line.trim().split(/\s+/);
    if (name.join(" ") === path && (Number.parseInt(flags ?? "0", 16) & listeningFlag) !== 0) return inode;
  }
  return undefined;
}

/** Start time in ticks since boot: field 22 of /proc/PID/stat, counted behind the command's closing parenthesis. */
export function startTicks(procStat: string): number {
  return Number(procStat.slice(procStat.lastIndexOf(")") + 2).split(" ")[19]);
}

/** The process, other than PID 1 (which may hold a socket for its service), that has this socket open. */
async function holderOf(inode: string): Promise<string | undefined> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || pid === "1") continue;
    const folder = join("/proc", pid, "fd");
    // Processes and descriptors come and go while we look.
    for (const fd of (await unlessGone(() => readdir(folder))) ?? []) {
      const target = await unlessGone(() => readlink(join(folder, fd)));
      if (target === `socket:[${inode}]`) return pid;
    }
  }
  return undefined;
}

/**
 * Tells when the Docker engine behind a socket was started, which its API does not: the start of the process that
 * listens there. The answer is stable while that process lives.
 */
export class EngineStart {
  #last: { pid: string; ticks: number; at: Date } | undefined;

  constructor(readonly socketPath: string) {}

  async #ticksOf(pid: string): Promise<number | undefined> {
    const text = await unlessGone(() => readFile(join("/proc", pid, "stat"), "utf8"));
    return text === undefined ? undefined : startTicks(text);
  }

  /** When the engine that listens now was started; falls back on the socket's age where /proc does not tell. */
  async read(): Promise<Date> {
    const last = this.#last;
    if (last !== undefined && (await this.#ticksOf(last.pid)) === last.ticks) return last.at;
    const inode = listeningInode(await readFile("/proc/net/unix", "utf8"), this.socketPath);
    const pid = inode === undefined ? undefined : await holderOf(inode);
    const ticks = pid === undefined ? undefined : await this.#ticksOf(pid);
    if (pid === undefined || ticks === undefined) return (await stat(this.socketPath)).mtime;
    const bootSeconds = Number(/^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"))?.[1]);
    const at = new Date(bootSeconds * 1000 + Math.round((ticks * 1000) / ticksPerSecond));
    this.#last = { pid, ticks, at };
    return at;
  }
}
