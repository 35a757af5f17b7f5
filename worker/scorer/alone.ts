import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";

/** Address space for what Node reserves and seldom fills, in bytes: arenas of its threads, code. */
const reserve = 1024 ** 3;

/**
 * Takes from this process the ways to more processes and threads, and to memory that RLIMIT_DATA doesn't count (what is
 * shared), for good: before it opens a stranger's file, and after Node has all of its threads. The kernel counts a user's
 * processes all together, so that a limit from the beginning would let one job's threads cost another its own.
 */
export async function becomeAlone(): Promise<void> {
  // The first call of this kind starts the pool that all of them go through.
  await stat("/");
  const now = numberIn("/proc/self/status", /^VmSize:\s*(\d+) kB$/m) * 1024;
  const data = numberIn("/proc/self/limits", /^Max data size\s+\d+\s+(\d+)/m);
  const limits = ["--nproc=0", `--as=${now + data + reserve}`];
  execFileSync("prlimit", [`--pid=${process.pid}`, ...limits], { stdio: "inherit" });
}

function numberIn(file: string, pattern: RegExp): number {
  const found = pattern.exec(readFileSync(file, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${file} has no ${pattern.source}`);
  return Number(found);
}
