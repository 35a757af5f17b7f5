import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { basicChildEnv } from "@/lib/kernel/env";
import { slugPattern } from "@/lib/kernel/id-patterns";
import { unlessMissing } from "@/lib/kernel/missing";
import { type Account, asAccount } from "../account";
import { kill } from "../proc";
import { identify, isAlive, listensOn, processesOf, processIdentity } from "./process";

/** As many as the session's init serves, and some that are on their way out. */
const maxConnections = 128;
/** Per direction and connection: large enough for file transfers, small enough for a hundred of them. */
const bufferBytes = 65_536;
/** A start takes some 10 ms; a kill that the kernel does not carry out is told. ms */
const patienceMs = 10_000;
const lookEveryMs = 2;
/** Between two looks at all processes for those that were killed. ms */
const endsWithinMs = 20;

const recordSchema = z.object({
  port: z.number().int(),
  /** The container's address on its bridge. */
  address: z.string(),
  /** Null from just before the start until it listens: then the command line alone tells it. */
  process: processIdentity.nullable(),
});
type ForwardRecord = z.output<typeof recordSchema>;

function recordOf(text: string): ForwardRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/**
 * SSH forwards of internal sessions, for which Docker publishes no ports: per session one socat from the host's port to
 * the container's. Each is a process of its own that outlives the agent, runs as a user with no rights, and has a
 * record in `dir`, so that the next agent knows it. Callers serialise per slug.
 */
export class Forwards {
  constructor(
    readonly dir: string,
    readonly account: Account,
    readonly bindAddress: string,
  ) {}

  #command({ port, address }: Pick<ForwardRecord, "port" | "address">): string[] {
    const listen = `TCP4-LISTEN:${port},bind=${this.bindAddress}`;
    const options = `fork,reuseaddr,nodelay,backlog=128,max-children=${maxConnections}`;
    return ["socat", "-b", String(bufferBytes), `${listen},${options}`, `TCP4:${address}:22,nodelay`];
  }

  #path(slug: string): string {
    return join(this.dir, `${slug}.json`);
  }

  /** Undefined also for a record that a power cut left in pieces: no process outlived that. */
  async #read(slug: string): Promise<ForwardRecord | undefined> {
    const text = await unlessMissing(readFile(this.#path(slug), "utf8"));
    return text === undefined ? undefined : recordOf(text);
  }

  async #write(slug: string, record: ForwardRecord): Promise<void> {
    const path = this.#path(slug);
    await writeFile(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  /** Sessions that have a forward, or had one that died. */
  async slugs(): Promise<string[]> {
    const names = (await readdir(this.dir)).filter((name) => name.endsWith(".json"));
    return names.map((name) => name.slice(0, -".json".length)).filter((name) => slugPattern.test(name));
  }

  /** Whether the session's forward runs. */
  async isUp(slug: string): Promise<boolean> {
    const process = (await this.#read(slug))?.process ?? null;
    return process !== null && (await isAlive(process));
  }

  /** @throws AgentError `port_busy` when some program listens on the port. */
  async refuseBusy(port: number): Promise<void> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host: this.bindAddress, exclusive: true }, resolve);
    }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") throw cause;
      throw new AgentError("port_busy", `Port ${port} is taken by another program on this host`, { cause });
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /**
   * The session's forward runs and leads from `port` to the container's `address`. One that leads elsewhere is
   * replaced.
   * @throws AgentError `port_busy`, `failed`.
   */
  async ensure(slug: string, port: number, address: string): Promise<void> {
    const found = await this.#read(slug);
    const leadsThere = found?.port === port && found.address === address;
    if (leadsThere && (await this.isUp(slug))) return;
    // Of one that died the connections live on, each in a process of its own; one that nobody noted is made anew.
    if (!leadsThere || found.process === null) await this.remove(slug);
    await this.refuseBusy(port);
    // Before the start, so that one whose agent was killed just then is still known.
    await this.#write(slug, { port, address, process: null });
    const pid = await this.#start(slug, port, address);
    await this.#write(slug, { port, address, process: (await identify(pid)) ?? null });
  }

  /** Starts the program and waits until it listens. */
  async #start(slug: string, port: number, address: string): Promise<number> {
    const [program = "", ...args] = asAccount(this.account, this.#command({ port, address }));
    const child = spawn(program, args, {
      env: basicChildEnv() as NodeJS.ProcessEnv,
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
      cwd: "/",
    });
    child.unref();
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    try {
      return await this.#untilListening(child, port);
    } catch (cause) {
      const reason = Buffer.concat(said).toString().trim();
      throw new AgentError(
        "failed",
        `The SSH forward of session ${slug} does not start: ${reason || cause}`,
        {
          cause,
        },
      );
    } finally {
      // It ignores SIGPIPE: what it has to say of single connections from now on is lost, and blocks nothing.
      child.stderr.destroy();
    }
  }

  async #untilListening(child: ChildProcess, port: number): Promise<number> {
    let ended: string | undefined;
    child.once("error", (cause) => {
      ended = cause.message;
    });
    child.once("close", (code, signal) => {
      ended ??= signal === null ? `exit code ${code}` : `ended by ${signal}`;
    });
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      if (ended !== undefined) throw new Error(ended);
      if (child.pid !== undefined && (await listensOn(port, this.account.uid))) return child.pid;
      await pause(lookEveryMs);
    }
    throw new Error(`it does not listen within ${patienceMs / 1000} s`);
  }

  /** Ends the session's forward with every connection through it, and returns when it is gone. None is success. */
  async remove(slug: string): Promise<void> {
    const record = await this.#read(slug);
    if (record !== undefined) await this.#end(slug, record);
    await rm(this.#path(slug), { force: true });
  }

  async #end(slug: string, record: ForwardRecord): Promise<void> {
    // The listener first, so that no connection is added; the rest have its command line.
    if (record.process !== null && (await isAlive(record.process))) kill(record.process.pid);
    const command = this.#command(record);
    let until: number | undefined;
    for (;;) {
      const left = await processesOf(this.account.uid, command);
      if (left.length === 0) break;
      for (const pid of left) kill(pid);
      // From the first kill: how long a look takes is up to how many processes the host has.
      until ??= performance.now() + patienceMs;
      if (performance.now() > until) {
        throw new AgentError(
          "failed",
          `The SSH forward of session ${slug} does not end (${left.length} left)`,
        );
      }
      await pause(endsWithinMs);
    }
  }
}
