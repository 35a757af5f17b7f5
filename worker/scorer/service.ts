import { createServer, type Server, type Socket } from "node:net";
import { type ScorerAnswer, scorerRequest } from "@/lib/competitions/scorer-protocol";
import type { Logger } from "@/lib/kernel/log";
import { type JobUser, shownFor } from "./fence";
import { ScorerProcess } from "./process";
import { jobIn } from "./store";
import { Turns } from "./turns";

/** Far above any request; stops a broken peer from filling memory. */
const maxRequestBytes = 4 * 1024;
/** A local peer sends its line at once; one that doesn't is broken. */
const requestTimeoutMs = 10_000;
/** Those who wait for their turn, too. */
const maxConnections = 256;
/** As much of an answer without a score as the log shows, in characters. */
const shownAnswer = 4_000;

export interface ScorerOptions {
  /** The folder of submissions and evaluations. */
  readonly store: string;
  /** What a child runs, as one file of JavaScript. */
  readonly program: string;
  readonly user: JobUser;
  /** How many jobs run at once. */
  readonly parallel: number;
  /** What the first process is kept ready for, in MiB; later ones for what was asked for last. */
  readonly memoryMb: number;
  readonly log: Logger;
}

/** One connection is one job and one process that nobody used before; the connection's end is the job's. */
export function createScorer({ parallel, memoryMb, log, ...fence }: ScorerOptions): Server {
  const turns = new Turns(parallel);
  const newProcess = (memoryMb: number) => new ScorerProcess({ ...fence, memoryMb });
  let spare = newProcess(memoryMb);

  /** One that has started already, unless it was started for another bound. */
  function takeProcess(memoryMb: number): ScorerProcess {
    const fits = spare.memoryMb === memoryMb && spare.isAlive;
    if (!fits) spare.kill();
    const taken = fits ? spare : newProcess(memoryMb);
    spare = newProcess(memoryMb);
    return taken;
  }

  async function serve(socket: Socket, signal: AbortSignal): Promise<void> {
    const cameAt = performance.now();
    const request = parseRequest(await firstLine(socket));
    if (request === null) {
      log.error("request not understood");
      socket.end(`${JSON.stringify(notUnderstood)}\n`);
      return;
    }
    await turns.take(
      async () => {
        const startedAt = performance.now();
        const taken = takeProcess(request.memoryMb);
        const line = await taken.run(shownFor(request), jobIn(request), { ...request, signal });
        socket.end(line);
        const times = { waitedMs: startedAt - cameAt, tookMs: performance.now() - startedAt };
        log.info({ ...request, ...shownOutcome(line), ...times }, "job done");
      },
      signal,
      request.lowPriority,
    );
  }

  const server = createServer((socket) => {
    const ended = new AbortController();
    socket.once("close", () => ended.abort(new Error("The connection ended.")));
    socket.on("error", () => undefined);
    serve(socket, ended.signal).catch((error: unknown) => {
      // One that hung up is looked after by nobody; set-up's probe does so without a request.
      log[ended.signal.aborted ? "debug" : "warn"]({ err: error }, "job dropped");
      socket.destroy();
    });
  });
  server.maxConnections = maxConnections;
  server.once("close", () => spare.kill());
  return server;
}

const notUnderstood: ScorerAnswer = {
  outcome: "crashed",
  detail: "Worker and scorer are of different versions; restart the older one.",
};

function parseRequest(line: string) {
  try {
    return scorerRequest.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** @throws Error where the peer sends none in time, or too much */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(why));
    };
    const timer = setTimeout(fail, requestTimeoutMs, "No request came in time.");
    socket.once("close", () => fail("The connection ended before its request."));
    // What comes after the line is read and dropped: unread, it would hide the connection's end.
    socket.on("data", (chunk) => {
      if (text.includes("\n")) return;
      text += chunk.toString("latin1");
      const [line = "", ...more] = text.split("\n");
      if (line.length > maxRequestBytes) return fail("The request is too long.");
      if (more.length === 0) return;
      clearTimeout(timer);
      resolve(line);
    });
  });
}

/** What the log shows of an answer without reading all of it. */
function shownOutcome(line: string): { outcome: string; answer?: string } {
  const outcome = /^\{"outcome":"(\w{1,32})"/.exec(line)?.[1] ?? "unknown";
  return outcome === "scored" || outcome === "bootstrapped"
    ? { outcome }
    : { outcome, answer: line.slice(0, shownAnswer).trim() };
}
