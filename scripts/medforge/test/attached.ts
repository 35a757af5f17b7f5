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

/** Runs a command and keeps what it prints. */
export function quietly(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], cwd, env: processEnv(env) });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString("utf8") }));
  });
}
