import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { SetupError } from "./errors";
import { which } from "./exec";
import type { Layout } from "./layout";
import { identify, isAlive, type ProcessIdentity, processIdentity } from "./processes";
import { supervisorStatus } from "./supervisor/control";

/** A supervisor that is just ending gets this long to let go, in seconds. */
const waitSeconds = "2";

/** The process that sets up or runs this folder, as it wrote itself down, if it still lives. */
export function lockHolder(layout: Layout): ProcessIdentity | undefined {
  if (!existsSync(layout.lock)) return undefined;
  const text = readFileSync(layout.lock, "utf8");
  if (text === "") return undefined;
  const parsed = processIdentity.safeParse(JSON.parse(text));
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

/**
 * Makes the data folder this process's own until it ends, however it ends: the kernel's lock is held by a child that
 * lives as long as its standard input, which closes with us.
 * @throws SetupError when another process has it.
 */
export async function takeDataFolder(layout: Layout): Promise<void> {
  mkdirSync(layout.dir, { recursive: true, mode: 0o755 });
  const argv = ["--no-fork", "--timeout", waitSeconds, layout.lock, "cat"];
  const holder = spawn(which("flock") ?? "/usr/bin/flock", argv, {
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
  if (!(await answer)) return refuse(layout);
  holder.unref();
  writeFileSync(layout.lock, JSON.stringify(identify(process.pid)));
}
