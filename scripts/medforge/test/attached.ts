import { spawn } from "node:child_process";
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
