import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicChildEnv } from "@/lib/kernel/env";
import { type Context, runStep } from "../context";
import { setupEnv } from "../env";
import { processEnv } from "../exec";
import { startInfrastructure } from "../infrastructure";
import { cacheOf } from "../steps/engine";
import { foldersStep } from "../steps/folders";
import { usersStep } from "../steps/users";
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
    const child = spawn(file, args, { stdio: "inherit", cwd, env: processEnv(env) });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** This command's own program, run once more. */
export const cli = (root: string, ...args: string[]): string[] => [
  process.execPath,
  ...process.execArgv,
  join(root, "scripts/medforge/main.ts"),
  ...args,
];

/** Brings the whole installation up as an operator does. @throws Error when `up` fails. */
export async function bringUpWhole(context: Context): Promise<void> {
  const { root, layout } = context;
  const env = {
    ...innerEnv(context),
    MEDFORGE_CACHE: cacheOf(context),
    TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
  };
  const code = await attached(cli(root, "up", "--detach", "--yes", "--data", layout.dir), root, env);
  if (code !== 0) throw new Error(`\`up\` failed with exit code ${code}; its logs are in ${layout.log}`);
}

/** Opens a shell, or runs one command, in a prepared world. @returns its exit code. */
export async function runShell(world: World, command: string[], whole: boolean): Promise<number> {
  const context = worldContext(world);
  await prepareWorld(world.root);
  if (whole) {
    await bringUpWhole(context);
  } else {
    for (const step of [usersStep, foldersStep]) await runStep(context, step);
    await startInfrastructure(context, new Supervisor(context));
  }
  const env = innerEnv(context);
  writeFileSync(join(world.dir, "test-env.json"), `${JSON.stringify(env, null, 2)}\n`);
  const argv = command.length > 0 ? command : [env.SHELL ?? "/bin/bash"];
  // The shell inside gets Ctrl-C itself; leaving on it would end the world under it.
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
