import { spawn } from "node:child_process";
import { basename } from "node:path";
import { required } from "@/lib/kernel/assert";
import { basicChildEnv } from "@/lib/kernel/env";

/** Long enough for a ZFS or iptables command on a busy host; a hung one must not hold a verb for ever. */
const defaultTimeoutMs = 30_000;
/** Far above what any of our commands prints. */
const defaultOutputCapBytes = 4 * 1024 * 1024;

/** Program and arguments; never a shell line. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  timeoutMs?: number;
  outputCapBytes?: number;
  /** Written to standard input, which is otherwise empty. */
  input?: string;
  /** Open files that the command inherits, as 3 and on. */
  files?: readonly number[];
  /** Added to the basic environment (PATH, LANG, TZ); nothing else is inherited. */
  env?: Record<string, string>;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command that could not be run to its end, or that `runOk` saw fail. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  constructor(
    readonly argv: Argv,
    /** Null when it did not run or was killed. */
    readonly code: number | null,
    readonly stderr: string,
    readonly what: string,
  ) {
    super(`${argv.join(" ")}: ${what}`);
  }

  /** Without the arguments, which name places on this host. */
  get brief(): string {
    return `${basename(this.argv[0])}: ${this.what}`;
  }
}

/** Kills the command's whole process group, so that its children go with it. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: it ended by itself in this instant, which is what was wanted.
  }
}

/**
 * Runs a command to its end and returns exit code and output, whatever the code.
 * @throws CommandError when it can't be started, exceeds its time or prints more than the cap. A command that is stuck
 * in the kernel is given up at the time limit, too.
 */
export function run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const cap = options.outputCapBytes ?? defaultOutputCapBytes;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // Next's types want NODE_ENV in every environment; a child of ours needs none.
      env: { ...basicChildEnv(), ...options.env } as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe", ...(options.files ?? [])],
      detached: true,
      cwd: "/",
    });
    const stdin = required(child.stdin, "a command's input");
    const stdout = required(child.stdout, "a command's output");
    const stderr = required(child.stderr, "a command's errors");
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], size: 0 };
    const text = (stream: "stdout" | "stderr") => Buffer.concat(output[stream]).toString();
    const give = (what: string) => {
      clearTimeout(timer);
      killGroup(child.pid);
      reject(new CommandError(argv, null, text("stderr"), what));
    };
    const timer = setTimeout(() => give(`no end within ${timeoutMs} ms`), timeoutMs);
    const collect = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
      output.size += chunk.length;
      if (output.size > cap) give(`more than ${cap} bytes of output`);
      else output[stream].push(chunk);
    };
    stdout.on("data", collect("stdout"));
    stderr.on("data", collect("stderr"));
    child.on("error", (cause) => give(cause.message));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code !== null) resolve({ code, stdout: text("stdout"), stderr: text("stderr") });
      else reject(new CommandError(argv, null, text("stderr"), `ended by ${signal}`));
    });
    // EPIPE when the command does not read its input: its exit code tells the story.
    stdin.on("error", () => undefined);
    stdin.end(options.input ?? "");
  });
}

/** A command's end as the error that it means. */
export function failureOf(argv: Argv, { code, stdout, stderr }: RunResult): CommandError {
  const said = stderr.trim() || stdout.trim() || "it said nothing";
  return new CommandError(argv, code, stderr, `exit code ${code}: ${said}`);
}

/**
 * Runs a command that must succeed and returns its standard output.
 * @throws CommandError with the exit code and standard error when it fails.
 */
export async function runOk(argv: Argv, options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.code !== 0) throw failureOf(argv, result);
  return result.stdout;
}
