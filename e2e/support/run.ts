import { spawn } from "node:child_process";
import { basicChildEnv } from "@/lib/kernel/env";

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** In ms; the program is killed then. */
  timeoutMs?: number;
  /** Sees the program once it has been started, e.g. to write to it while it runs. */
  onSpawn?: (child: ReturnType<typeof spawn>) => void;
}

const defaultTimeoutMs = 60_000;

/** The basics and what is given; Next's types want NODE_ENV in every environment, which no child here reads. */
export function childEnv(own: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...basicChildEnv(), ...own } as NodeJS.ProcessEnv;
}

/** Runs a program by its argument list and hands back how it ended, whatever that was. */
export function outcome(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: childEnv(options.env),
      cwd: options.cwd,
      timeout: options.timeoutMs ?? defaultTimeoutMs,
      killSignal: "SIGKILL",
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    // A program that ends without reading its input closes the pipe; how it ended tells enough.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    options.onSpawn?.(child);
    child.stdin.end(options.stdin ?? "");
  });
}

/** Standard output of a program that must succeed. @throws Error with its output when it fails. */
export async function output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ended = await outcome(argv, options);
  if (ended.code === 0) return ended.stdout;
  throw new Error(`${argv.join(" ")}: exit ${ended.code}\n${ended.stderr}${ended.stdout}`.slice(0, 4_000));
}
