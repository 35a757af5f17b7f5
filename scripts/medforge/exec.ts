import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { basicChildEnv } from "@/lib/kernel/env";

/** Longest that a helper program may take before it counts as hung, in ms: apt and builds pass their own. */
const defaultTimeoutMs = 60_000;
/** How much of a failed program's output an error shows, in characters. */
const shownOutput = 2_000;

/** Where root looks for programs: never in a folder of the operator's own. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Next's types demand NODE_ENV of every environment; ours are whole as they are. */
export function processEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  return env as NodeJS.ProcessEnv;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  timeoutMs?: number;
  /** Receives each line as it comes, standard error included. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  ok: boolean;
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs a program with an argument list, never through a shell, and reports how it ended without throwing. */
export async function tryRun(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = "", ...args] = argv;
  const child = execa(file, args, {
    reject: false,
    extendEnv: false,
    env: { ...basicChildEnv(), PATH: systemPath, ...options.env },
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    all: true,
  });
  if (options.onLine) for await (const line of child.iterable({ from: "all" })) options.onLine(line);
  const result = await child;
  const why = result.code === "ENOENT" ? `${file}: no such program` : result.timedOut ? "timed out" : "";
  return {
    ok: !result.failed,
    code: result.exitCode,
    stdout: result.stdout,
    stderr: [result.stderr, why].filter((text) => text !== "").join("\n"),
  };
}

/**
 * Like `tryRun`, for programs that must succeed.
 * @returns standard output.
 * @throws Error with the command and the end of its output.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(argv, options);
  if (result.ok) return result.stdout;
  const output = `${result.stderr}\n${result.stdout}`.trim().slice(-shownOutput);
  throw new Error(`${argv.join(" ")} failed (exit ${result.code ?? "by signal"}):\n${output}`);
}

/** The full path of a program in the system's own folders, or undefined. */
export function which(program: string): string | undefined {
  return systemPath
    .split(":")
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
