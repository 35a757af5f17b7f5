import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { Readable } from "node:stream";
import { maxAnswerBytes, type ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { basicChildEnv } from "@/lib/kernel/env";
import { fencedArgv, type JobUser } from "./fence";
import type { ChildJob } from "./store";
import { Tail } from "./tail";

const mebibyte = 1024 * 1024;
/**
 * What Node needs beside old objects, in MiB: stacks of its threads, code, young objects. Where it is too little, V8 meets
 * the kernel's bound before its own, and dies in the middle of a collection without a word about memory.
 */
const besideHeapMb = 144;
/** A job that works says nothing, and V8's last words about memory are some kilobytes. */
const maxLogBytes = mebibyte;
const keptLogBytes = 8 * 1024;
/** As much of a log as an answer takes along, in characters. */
const shownLog = 2_000;
/** Files and pipes at once: Node takes twenty, a job three, and each may hold the kernel's memory. */
const maxOpen = 64;
/** How V8 and Node say that they got no memory, before they abort. */
const noMemory = /out of memory|allocation failed/i;

/** In the place of a child's answer. */
type Failure = Exclude<ScorerAnswer, { outcome: "scored" | "bootstrapped" | "rejected" | "broken" }>;

/** What a shell says of a program that a signal ended: this and the signal's number. */
const endedBySignal = 128;

export interface ProcessOptions {
  /** The child's, as one file of JavaScript. */
  readonly program: string;
  /** The folder of submissions and evaluations. */
  readonly store: string;
  readonly user: JobUser;
  readonly memoryMb: number;
}

export interface JobBounds {
  readonly deadlineMs: number;
  /** Ends the job. */
  readonly signal: AbortSignal;
}

/**
 * A process that scores one submission. It starts at once, loads its program and waits to be told which.
 *
 * The kernel bounds its memory (RLIMIT_DATA: all that is private and writable, so V8's heap, buffers and zlib's state
 * alike), so that nothing is faster than the bound. Around it is a fence of namespaces, which ends with it and with the
 * service.
 */
export class ScorerProcess {
  private readonly child: ChildProcess;
  private readonly closed: Promise<void>;
  private readonly log = new Tail(keptLogBytes);
  private readonly answer: Buffer[] = [];
  private answerBytes = 0;
  /** Why the service ended it. */
  private failure: Failure | undefined;

  readonly memoryMb: number;

  constructor(options: ProcessOptions) {
    this.memoryMb = options.memoryMb;
    const [file = "", ...args] = argvOf(options);
    this.child = spawn(file, args, {
      cwd: "/",
      env: { ...basicChildEnv(), NODE_ENV: "production" },
      // A group of its own, of what makes the fence: with that ends whatever is inside.
      detached: true,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    this.closed = new Promise((resolve) => {
      this.child.once("close", () => resolve());
      this.child.once("error", (error) => {
        this.log.add(Buffer.from(error.message));
        resolve();
      });
    });
    // What it no longer reads is told by its end.
    this.child.stdin?.on("error", () => undefined);
    const [, stdout, stderr, answer] = this.child.stdio;
    for (const stream of [stdout, stderr]) collect(stream, (chunk) => this.takeLog(chunk));
    collect(answer, (chunk) => this.takeAnswer(chunk));
  }

  /** Whether it still waits for its job. */
  get isAlive(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /**
   * Tells it its job, once, and waits until nothing of it is left.
   * @param shown what of the store it may open, by the fence's first line
   * @returns the answer as one line of JSON, by the child or about it
   * @throws the signal's reason once it is aborted
   */
  async run(shown: string, job: ChildJob, { deadlineMs, signal }: JobBounds): Promise<string> {
    const timer = setTimeout(() => this.end({ outcome: "out_of_time" }), deadlineMs);
    const kill = () => this.kill();
    signal.addEventListener("abort", kill);
    try {
      this.child.stdin?.end(`${shown}\n${JSON.stringify(job)}\n`);
      await this.closed;
      signal.throwIfAborted();
      return this.verdict();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    }
  }

  /** Already gone is success: its number may be another's by now. */
  kill(): void {
    const { pid, stdio } = this.child;
    try {
      if (pid !== undefined && this.isAlive) process.kill(-pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    for (const stream of stdio) stream?.destroy();
  }

  private end(failure: Failure): void {
    this.failure ??= failure;
    this.kill();
  }

  private takeLog(chunk: Buffer): void {
    this.log.add(chunk);
    if (this.log.seen > maxLogBytes)
      this.end(this.crashed(`wrote more than ${maxLogBytes} bytes to its log`));
  }

  private takeAnswer(chunk: Buffer): void {
    this.answerBytes += chunk.length;
    if (this.answerBytes > maxAnswerBytes)
      this.end(this.crashed(`answered with more than ${maxAnswerBytes} bytes`));
    else this.answer.push(chunk);
  }

  private verdict(): string {
    const { exitCode, signalCode } = this.child;
    if (this.failure === undefined && exitCode === 0) {
      const line = Buffer.concat(this.answer).toString("utf8");
      if (/^\{[^\n]*\}\n$/.test(line)) return line;
    }
    return `${JSON.stringify(this.failure ?? this.died(signalCode ?? howOf(exitCode)))}\n`;
  }

  private died(how: string): Failure {
    return noMemory.test(this.log.text()) ? { outcome: "out_of_memory" } : this.crashed(`ended (${how})`);
  }

  private crashed(what: string): Failure {
    const log = this.log.text().trim().slice(-shownLog);
    return { outcome: "crashed", detail: log === "" ? `The job ${what}.` : `The job ${what}:\n${log}` };
  }
}

function argvOf({ memoryMb, ...fence }: ProcessOptions): string[] {
  return fencedArgv({
    ...fence,
    limits: [`--data=${memoryMb * mebibyte}`, "--fsize=0", "--core=0", `--nofile=${maxOpen}`],
    flags: [`--max-old-space-size=${memoryMb - besideHeapMb}`],
  });
}

function howOf(exitCode: number | null): string {
  const names = Object.entries(constants.signals);
  const signal = names.find(([, number]) => number + endedBySignal === exitCode);
  return signal?.[0] ?? `exit code ${exitCode}`;
}

function collect(stream: unknown, take: (chunk: Buffer) => void): void {
  if (!(stream instanceof Readable)) return;
  stream.on("data", take);
  // Its end by our own hand, or the child's; either shows elsewhere.
  stream.on("error", () => undefined);
}
