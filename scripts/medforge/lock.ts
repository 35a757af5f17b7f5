import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { SetupError } from "./errors";
import { which } from "./exec";
import { parseJson } from "./json";
import type { Layout } from "./layout";
import { identify, isAlive, type ProcessIdentity, processIdentity } from "./processes";
import { supervisorStatus } from "./supervisor/control";

/** A supervisor that is just ending gets this long to let go, in seconds. */
const waitSeconds = 2;

/** The process that sets up or runs this folder, as it wrote itself down, if it still lives. */
export function lockHolder(layout: Layout): ProcessIdentity | undefined {
  if (!existsSync(layout.lock)) return undefined;
  const parsed = processIdentity.safeParse(parseJson(readFileSync(layout.lock, "utf8")));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

/** @throws SetupError that says who has the folder. */
async function refuse(layout: Layout): Promise<never> {
  const running = await supervisorStatus(layout);
  if (running && running.phase !== "starting") {
    throw new SetupError(
      `MedForge in ${layout.dir} is ${running.phase === "ready" ? "running already" : running.phase} (pid ${running.pid}).`,
      "Look with `./medforge status`; stop it with `./medforge down`.",
    );
  }
  const holder = lockHolder(layout);
  throw new SetupError(
    `Another \`./medforge up\`${holder ? ` (pid ${holder.pid})` : ""} is setting up ${layout.dir}.`,
    "Watch it with `./medforge logs`; end it with `./medforge down`.",
  );
}

/** @throws SetupError when another living process has the folder. Cheap: takes nothing. */
export async function refuseSecond(layout: Layout): Promise<void> {
  if (lockHolder(layout)) await refuse(layout);
}

/** Whoever can open a file can lock it, so that nobody but root may. */
function closeToOthers(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

/**
 * Holds the kernel's lock on a file until this process ends, however it ends, or lets go: the lock belongs to a child
 * that lives as long as its standard input, which closes with us.
 * @param seconds how long to wait for another holder; without it for ever
 * @returns a function that lets go, or undefined when another process has the lock
 */
export async function holdLock(file: string, seconds?: number): Promise<(() => void) | undefined> {
  closeToOthers(file);
  const wait = seconds === undefined ? [] : ["--timeout", String(seconds)];
  const holder = spawn(which("flock") ?? "/usr/bin/flock", ["--no-fork", ...wait, file, "cat"], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answer = Promise.race([
    once(holder.stdout, "data").then(() => true),
    once(holder, "exit").then(() => false),
  ]);
  // One that found the lock taken ends without reading.
  holder.stdin.on("error", () => undefined);
  holder.stdin.write("held\n");
  if (!(await answer)) return undefined;
  holder.unref();
  return () => holder.stdin.end();
}

/**
 * Runs something that no two processes may do at once.
 * @param onWait called when another process has the lock
 */
export async function underLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  let letGo = onWait && (await holdLock(file, 0));
  if (!letGo) {
    onWait?.();
    letGo = await holdLock(file);
  }
  if (!letGo) throw new Error(`${file} can't be locked.`);
  try {
    return await work();
  } finally {
    letGo();
  }
}

/** Makes the data folder this process's own until it ends. @throws SetupError when another process has it. */
export async function takeDataFolder(layout: Layout): Promise<void> {
  mkdirSync(layout.dir, { recursive: true, mode: 0o755 });
  if (!(await holdLock(layout.lock, waitSeconds))) return refuse(layout);
  writeFileSync(layout.lock, JSON.stringify(identify(process.pid)));
}
