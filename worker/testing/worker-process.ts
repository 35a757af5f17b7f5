import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { required } from "@/lib/kernel/assert";
import { basicChildEnv } from "@/lib/kernel/env";
import { testZone } from "@/lib/sessions/testing";

const root = fileURLToPath(new URL("../..", import.meta.url));
let bundle: Promise<string> | undefined;

/** The worker as one file, made once per test process: so it starts in a fraction of the time. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "worker/main.ts")],
    write: false,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    alias: { "@": root.replace(/\/$/, "") },
  });
  return required(outputFiles[0], "the worker's bundle").text;
}

/** A real worker in a process of its own, so that it can be killed. */
export class WorkerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly wakePort: number,
    readonly metricsPort: number,
    readonly lines: string[],
  ) {}

  /** Resolves when it is ready to claim. Has a wake port of its own unless told to share one. */
  static async start(settings: {
    databaseUrl: string;
    socketPath: string;
    /** Of the scorer; without it nothing can be scored. */
    scorerSocket?: string | undefined;
    scorerJobs?: number | undefined;
    scorerMemoryMb?: number | undefined;
    wakePort?: number | undefined;
  }): Promise<WorkerProcess> {
    const wakePort = settings.wakePort ?? (await freeUdpPort());
    const metricsPort = await freeTcpPort();
    bundle ??= bundled();
    const code = await bundle;
    const child = spawn(process.execPath, ["--input-type=module", "-"], {
      cwd: root,
      env: {
        ...basicChildEnv(),
        NODE_ENV: "test",
        DATABASE_URL: settings.databaseUrl,
        MEDFORGE_AGENT_SOCKET: settings.socketPath,
        MEDFORGE_SCORER_SOCKET: settings.scorerSocket ?? "/nowhere/scorer.sock",
        MEDFORGE_SCORER_JOBS: String(settings.scorerJobs ?? 1),
        MEDFORGE_SCORER_MEMORY_MB: String(settings.scorerMemoryMb ?? 1_024),
        MEDFORGE_WAKE_PORT: String(wakePort),
        MEDFORGE_ZONE: testZone,
        MEDFORGE_METRICS_PORT: String(metricsPort),
        MEDFORGE_LOG_LEVEL: "debug",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(code);
    const lines: string[] = [];
    const ready = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          lines.push(...chunk.toString().trimEnd().split("\n"));
          if (chunk.includes("Worker ready.")) resolve();
        });
      }
      child.once("exit", () => reject(new Error(`The worker ended at once:\n${lines.join("\n")}`)));
    });
    await ready;
    return new WorkerProcess(child, wakePort, metricsPort, lines);
  }

  /** What web does after commit. */
  wake(): void {
    const socket = createSocket("udp4");
    socket.send(Buffer.alloc(0), this.wakePort, "127.0.0.1", () => socket.close());
  }

  /** Gone at once, whatever it was doing. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Told to end. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  }
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
