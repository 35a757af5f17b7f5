import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { unlessGone } from "./gone";
import { processesOfUser, readProc, startTicks } from "./proc";

/** Linux reports process times in this many ticks a second to user space, on every architecture we run on. */
const ticksPerSecond = 100;
/** `__SO_ACCEPTCON` in /proc/net/unix: the socket listens. */
const listeningFlag = 0x10000;

/** Changes when the host restarts. */
export async function readBootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/** Inode of the socket that listens on `path`, from the text of /proc/net/unix. */
export function listeningInode(procNetUnix: string, path: string): string | undefined {
  for (const line of procNetUnix.split("\n")) {
    const [, , , flags, , , inode, ...name] = line.trim().split(/\s+/);
    if (name.join(" ") === path && (Number.parseInt(flags ?? "0", 16) & listeningFlag) !== 0) return inode;
  }
  return undefined;
}

/**
 * The process of root's, other than PID 1 (which may hold a socket for its service), that has this socket open. Nobody in
 * a session is root on the host, so nobody there can make this look take long.
 */
async function holderOf(inode: string): Promise<number | undefined> {
  for (const pid of await processesOfUser(0)) {
    if (pid === 1) continue;
    const folder = `/proc/${pid}/fd`;
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
  #last: { pid: number; ticks: number; at: Date } | undefined;
  #look: Promise<Date> | undefined;

  constructor(readonly socketPath: string) {}

  async #ticksOf(pid: number): Promise<number | undefined> {
    const text = await readProc(String(pid), "stat");
    return text === undefined ? undefined : startTicks(text);
  }

  /** When the engine that listens now was started; falls back on the socket's age where /proc does not tell. */
  read(): Promise<Date> {
    // One look for all who ask meanwhile.
    this.#look ??= this.#find().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #find(): Promise<Date> {
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
