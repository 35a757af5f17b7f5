import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { eventually } from "./eventually";
import { worker } from "./victims";

/** A worker starts within a second or two, in ms. */
const readyMs = 30_000;

const nullSeparated = (path: string): string[] => readFileSync(path, "utf8").split("\0").filter(Boolean);

function numbers(status: string, field: string): string[] {
  return (new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "").split(/\s+/).filter(Boolean);
}

/** Another worker like the installation's own: same program, settings, user and groups. */
export class SecondWorker {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: () => string,
  ) {}

  /** @throws Error with what it said when it is not ready in time */
  static async start(): Promise<SecondWorker> {
    const pid = worker.pid();
    if (pid === undefined) throw new Error("There is no worker to be like.");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const argv = [
      ...[`--reuid=${numbers(status, "Uid")[0]}`, `--regid=${numbers(status, "Gid")[0]}`],
      ...[`--groups=${numbers(status, "Groups").join(",")}`, "--no-new-privs", "--inh-caps=-all", "--"],
      ...nullSeparated(`/proc/${pid}/cmdline`),
    ];
    const settings = nullSeparated(`/proc/${pid}/environ`).map((line) => {
      const split = line.indexOf("=");
      return [line.slice(0, split), line.slice(split + 1)] as const;
    });
    const child = spawn("setpriv", argv, {
      env: Object.fromEntries(settings) as NodeJS.ProcessEnv,
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const second = new SecondWorker(child, () => said);
    await eventually(
      "the second worker is ready",
      readyMs,
      () => (said.includes("Worker ready.") ? true : undefined),
      () => said,
    );
    return second;
  }

  /** Gone at once, whatever it was doing. */
  async kill(): Promise<void> {
    const exited = once(this.child, "exit");
    if (!this.child.kill("SIGKILL")) throw new Error(`A worker ended by itself: ${this.said()}`);
    await exited;
  }

  /** Told to end, it puts down what it is at. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null) throw new Error(`The second worker ended by itself: ${this.said()}`);
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await exited;
  }
}
