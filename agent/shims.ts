import { dirname, sep } from "node:path";
import type Docker from "dockerode";
import type { Logger } from "@/lib/kernel/log";
import { engineCall } from "./docker";
import { kill, processesOfUser, readProc } from "./proc";

const lookEveryMs = 10_000;

/** What stands between containerd and one container. */
export interface Shim {
  pid: number;
  containerId: string;
}

/** A shim's container, from its command line, when it belongs to the engine that keeps its run-time files in `runDir`. */
export function containerOfShim(cmdline: string, runDir: string): string | null {
  const [program = "", ...args] = cmdline.split("\0");
  if (!/(^|\/)containerd-shim(-[a-z0-9-]+)?$/.test(program)) return null;
  const after = (flag: string) => args[args.indexOf(flag) + 1] ?? "";
  const id = after("-id");
  return after("-address").startsWith(runDir + sep) && /^[0-9a-f]{64}$/.test(id) ? id : null;
}

/**
 * Ends shims whose container the engine does not know. containerd forgets a shim that it was just starting when it was
 * killed, and nobody would ever end it. An engine knows a container before it has a shim, so one look at the shims and
 * then one at the containers tells; seen twice, so that one on its way out ends by itself.
 */
export class ShimKeeper {
  #timer: NodeJS.Timeout | undefined;
  #unknown: ReadonlySet<number> = new Set();

  constructor(
    readonly engine: Docker,
    /** Of the engine, where it is this installation's own: beside it are its run-time files. */
    readonly pidFile: string | undefined,
    readonly log: Logger,
  ) {}

  start(): void {
    const { pidFile } = this;
    if (pidFile === undefined) return;
    this.#timer = setInterval(() => {
      this.#look(dirname(pidFile)).catch((cause: unknown) =>
        // An engine that is away is told of by the guard.
        this.log.debug({ err: cause }, "shims not looked at"),
      );
    }, lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(runDir: string): Promise<void> {
    const shims = await shimsOf(runDir);
    const containers = await engineCall("Listing containers", this.engine.listContainers({ all: true }));
    const known = new Set(containers.map(({ Id }) => Id));
    const unknown = shims.filter(({ containerId }) => !known.has(containerId));
    for (const { pid, containerId } of unknown) {
      if (!this.#unknown.has(pid)) continue;
      this.log.warn({ pid, containerId }, "shim without a container ended");
      kill(pid);
    }
    this.#unknown = new Set(unknown.map(({ pid }) => pid));
  }
}

async function shimsOf(runDir: string): Promise<Shim[]> {
  const pids = await processesOfUser(0);
  const lines = await Promise.all(pids.map((pid) => readProc(String(pid), "cmdline")));
  return pids.flatMap((pid, index) => {
    const containerId = containerOfShim(lines[index] ?? "", runDir);
    return containerId === null ? [] : [{ pid, containerId }];
  });
}
