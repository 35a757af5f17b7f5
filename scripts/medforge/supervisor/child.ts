import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { writePrivateFile } from "../config";
import { processEnv } from "../exec";
import { parseJson } from "../json";
import type { Layout } from "../layout";
import { markOf, type Part, type PartName } from "../parts/part";
import { identify, isAlive, type ProcessIdentity, processIdentity } from "../processes";

/** How often an adopted process, which can't be waited for, is looked at, in ms. */
const adoptedPollMs = 500;

export interface Child {
  identity: ProcessIdentity;
  adopted: boolean;
  /** Resolves when the process is gone, with how it ended as far as that can be known. */
  gone: Promise<string>;
}

const record = z.object({ identity: processIdentity, mark: z.string() });

const pidFile = (layout: Layout, name: PartName) => join(layout.pids, `${name}.json`);
export const logFile = (layout: Layout, name: string) => join(layout.log, `${name}.log`);

/** The part's process from an earlier supervisor, if it still runs. */
export function findChild(
  layout: Layout,
  name: PartName,
): { identity: ProcessIdentity; mark: string } | undefined {
  const path = pidFile(layout, name);
  if (!existsSync(path)) return undefined;
  const parsed = record.safeParse(parseJson(readFileSync(path, "utf8")));
  return parsed.success && isAlive(parsed.data.identity) ? parsed.data : undefined;
}

export function forgetChild(layout: Layout, name: PartName): void {
  rmSync(pidFile(layout, name), { force: true });
}

/** A child gets the umask that its parent has as it is started. */
function withUmask<T>(umask: number, run: () => T): T {
  const previous = process.umask(umask);
  try {
    return run();
  } finally {
    process.umask(previous);
  }
}

/** Starts the program in a session of its own, so that a Ctrl-C meant for the supervisor does not reach it. */
export function spawnChild(layout: Layout, part: Part): Child {
  const log = openSync(logFile(layout, part.name), "a", 0o640);
  const [file = "", ...args] = part.argv;
  const child = withUmask(part.umask, () =>
    spawn(file, args, {
      cwd: part.cwd,
      env: processEnv(part.env),
      detached: true,
      stdio: ["ignore", log, log],
    }),
  );
  closeSync(log);
  const gone = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity) return { identity: { pid: 1, startTicks: "", bootId: "" }, adopted: false, gone };
  try {
    writePrivateFile(pidFile(layout, part.name), JSON.stringify({ identity, mark: markOf(part) }));
  } catch (error) {
    // One that no later supervisor would find must not go on.
    process.kill(-identity.pid, "SIGKILL");
    throw error;
  }
  return { identity, adopted: false, gone };
}

export function adoptChild(identity: ProcessIdentity): Child {
  const watch = async () => {
    while (isAlive(identity)) await sleep(adoptedPollMs, undefined, { ref: false });
    return "ended (adopted, so how is not known)";
  };
  return { identity, adopted: true, gone: watch() };
}
