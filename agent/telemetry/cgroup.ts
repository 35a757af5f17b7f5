import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the kernel shows control groups; the first version has a folder per controller below it. */
const mount = "/sys/fs/cgroup";
/** The first version's way to say that nothing bounds the memory: the highest multiple of a page. */
const unboundedFrom = 2 ** 62;

/** What a control group has used, as the kernel counts it. */
export interface CgroupUse {
  /** Since the group was made; only grows. */
  readonly cpuMicroseconds: number;
  /** Without what the kernel would give back first, file contents that nobody has read lately. */
  readonly memoryBytes: number;
  /** Null when nothing bounds it. */
  readonly memoryLimitBytes: number | null;
  readonly pids: number;
}

/** The folders of one process's group, by the version that has its memory. */
export type CgroupFolders =
  | { readonly version: 1; readonly cpuacct: string; readonly memory: string; readonly pids: string }
  | { readonly version: 2; readonly unified: string };

/**
 * Reads `/proc/<pid>/cgroup`: `4:memory:/docker/<id>` per controller in the first version, `0::/…` in the second. A host
 * may have both; the one that has the memory counts.
 * @throws Error when it names none
 */
export function cgroupFolders(text: string): CgroupFolders {
  const paths = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(",")) paths.set(controller, path);
  }
  const [cpuacct, memory, pids, unified] = ["cpuacct", "memory", "pids", ""].map((name) => paths.get(name));
  if (cpuacct !== undefined && memory !== undefined && pids !== undefined) {
    return {
      version: 1,
      cpuacct: join(mount, "cpuacct", cpuacct),
      memory: join(mount, "memory", memory),
      pids: join(mount, "pids", pids),
    };
  }
  if (unified === undefined) throw new Error("the process is in no control group that counts CPU and memory");
  return { version: 2, unified: join(mount, unified) };
}

/** A file with one whole number in it. @throws Error when it has something else. */
function whole(text: string, file: string): number {
  const value = Number(text.trim());
  if (text.trim() === "" || !Number.isFinite(value))
    throw new Error(`${file} holds "${text.trim()}", no number`);
  return value;
}

const readWhole = async (...path: string[]): Promise<number> => {
  const file = join(...path);
  return whole(await readFile(file, "utf8"), file);
};

/** The value of one line of `cpu.stat` or `memory.stat`; 0 where the kernel has no such line. */
export function statLine(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

/** What is left of the usage when reclaimable file pages are taken off; both are read at slightly different moments. */
const inUse = (usage: number, inactiveFile: number): number => Math.max(0, usage - inactiveFile);

async function readFirst(at: CgroupFolders & { version: 1 }): Promise<CgroupUse> {
  const [cpuNanoseconds, usage, stat, limit, pids] = await Promise.all([
    readWhole(at.cpuacct, "cpuacct.usage"),
    readWhole(at.memory, "memory.usage_in_bytes"),
    readFile(join(at.memory, "memory.stat"), "utf8"),
    readWhole(at.memory, "memory.limit_in_bytes"),
    readWhole(at.pids, "pids.current"),
  ]);
  return {
    cpuMicroseconds: Math.floor(cpuNanoseconds / 1_000),
    memoryBytes: inUse(usage, statLine(stat, "total_inactive_file")),
    memoryLimitBytes: limit >= unboundedFrom ? null : limit,
    pids,
  };
}

async function readSecond(at: CgroupFolders & { version: 2 }): Promise<CgroupUse> {
  const [cpu, usage, stat, limit, pids] = await Promise.all([
    readFile(join(at.unified, "cpu.stat"), "utf8"),
    readWhole(at.unified, "memory.current"),
    readFile(join(at.unified, "memory.stat"), "utf8"),
    readFile(join(at.unified, "memory.max"), "utf8"),
    readWhole(at.unified, "pids.current"),
  ]);
  return {
    cpuMicroseconds: statLine(cpu, "usage_usec"),
    memoryBytes: inUse(usage, statLine(stat, "inactive_file")),
    memoryLimitBytes: limit.trim() === "max" ? null : whole(limit, "memory.max"),
    pids,
  };
}

/** @throws Error with code ENOENT once the group is gone */
export function readCgroup(folders: CgroupFolders): Promise<CgroupUse> {
  return folders.version === 1 ? readFirst(folders) : readSecond(folders);
}
