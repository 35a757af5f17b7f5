import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { processEnv } from "../exec";

/** Runs a command on this terminal. @returns its exit code. */
export function attached(argv: readonly string[], cwd: string, env: Record<string, string>): Promise<number> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", cwd, env: processEnv(env) });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Runs a command and prints its lines behind a prefix. @returns its exit code. */
export function prefixed(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string>,
  prefix: string,
): Promise<number> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], cwd, env: processEnv(env) });
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on("line", (line) => console.log(`${prefix}${line}`));
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
