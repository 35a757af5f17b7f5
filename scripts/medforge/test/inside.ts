import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicChildEnv } from "@/lib/kernel/env";
import type { Context } from "../context";
import { setupEnv } from "../env";
import { startInfrastructure } from "../infrastructure";
import { Supervisor } from "../supervisor/supervisor";
import { prepareWorld } from "./network";
import { testEnv, type World, worldContext } from "./world";

/** The environment of what runs in the world: the basics, the terminal's, and what tests are told. */
export function innerEnv(context: Context): Record<string, string> {
  const { HOME, SHELL, TERM, CI } = setupEnv();
  return {
    ...basicChildEnv(),
    ...{ HOME, SHELL, TERM },
    ...(CI === undefined ? {} : { CI }),
    ...testEnv(context),
  };
}

/** Runs a command on this terminal. @returns its exit code. */
export function attached(argv: readonly string[], cwd: string, env: Record<string, string>): Promise<number> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", cwd, env });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Opens a shell, or runs one command, in a prepared world. @returns its exit code. */
export async function runShell(world: World, command: string[], whole: boolean): Promise<number> {
  const context = worldContext(world);
  await prepareWorld(world.root);
  const supervisor = new Supervisor(context);
  await startInfrastructure(context, supervisor);
  const env = innerEnv(context);
  writeFileSync(join(world.dir, "test-env.json"), `${JSON.stringify(env, null, 2)}\n`);
  if (whole) throw new Error("not yet");
  const argv = command.length > 0 ? command : [env.SHELL ?? "/bin/bash"];
  process.on("SIGINT", () => undefined);
  return attached(argv, world.root, env);
}

export async function runSuites(
  _world: World,
  _only: string | undefined,
  _filter: string[],
): Promise<number> {
  throw new Error("not yet");
}
