import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { engineCall } from "./docker";
import { portsForwardedByDocker } from "./firewall";
import { slugLabel } from "./session/labels";

/** A container that is being stopped has lost its rule already and still counts as running; none takes this long. ms */
const patienceMs = 10_000;
const firstPauseMs = 10 * 60_000;
const longestPauseMs = 24 * 3600_000;

/**
 * The least time from one restart of the engine to the next. Each doubles it: where two installations share a host, each
 * one's restart takes the other's rules away, and they must not take turns for ever.
 * @param before the pause that was kept last, 0 for none
 * @param wellMs how long no rule had been missing
 * @returns ms
 */
export function pauseAfter(before: number, wellMs: number): number {
  return wellMs > longestPauseMs || before === 0 ? firstPauseMs : Math.min(before * 2, longestPauseMs);
}

/**
 * Watches that Docker forwards the SSH ports it publishes. All engines of a host share their chains, and one that starts
 * empties them: sessions of the others run on, but no new connection reaches them. An engine writes its rules at its own
 * start alone, so that is what mends it; with live-restore the sessions outlive it.
 */
export class PublishedPorts {
  /** By container id, on the monotonic clock. */
  #unforwardedSince = new Map<string, number>();
  #restartedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  #missingAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly engine: Docker,
    /** Of the engine, where it is this installation's own and is started again when it ends. */
    readonly pidFile: string | undefined,
    readonly log: Logger,
  ) {}

  /** @returns one sentence for the operator while sessions can't be reached; null when all is well. */
  async assert(): Promise<string | null> {
    const ports = await this.#unforwarded();
    if (ports.length === 0) return null;
    const told = `Docker no longer forwards SSH to sessions (port ${ports.join(", ")}): another engine that started on this host has emptied the chains they share.`;
    if (this.pidFile === undefined) return `${told} Restart the engine that MEDFORGE_DOCKER_HOST names.`;
    const now = performance.now();
    const wellMs = now - this.#missingAt;
    this.#missingAt = now;
    const rested = now - this.#restartedAt;
    if (rested < this.#pauseMs)
      return `${told} MedForge's engine was restarted for it ${Math.ceil(rested / 60_000)} min ago and is not restarted again at once: find out which engine does it, or run ./medforge restart docker.`;
    try {
      await this.#endEngine(this.pidFile);
    } catch (cause) {
      return `${told} MedForge's engine can't be restarted: ${errorText(cause)}`;
    }
    this.#restartedAt = now;
    this.#pauseMs = pauseAfter(this.#pauseMs, wellMs);
    this.log.warn({ ports }, "engine restarted: its firewall rules were gone");
    return `${told} MedForge's engine is being restarted.`;
  }

  async #unforwarded(): Promise<number[]> {
    const filters = { label: [slugLabel], status: ["running"] };
    const containers = await engineCall("Listing containers", this.engine.listContainers({ filters }));
    const forwarded = await portsForwardedByDocker();
    const published = containers.flatMap(({ Id, Ports }) =>
      Ports.flatMap(({ PublicPort }) => (PublicPort === undefined ? [] : [{ id: Id, port: PublicPort }])),
    );
    const missing = published.filter(({ port }) => !forwarded.has(port));
    const now = performance.now();
    const since = new Map(missing.map(({ id }) => [id, this.#unforwardedSince.get(id) ?? now]));
    this.#unforwardedSince = since;
    const lasting = missing.filter(({ id }) => now - (since.get(id) ?? now) >= patienceMs);
    return [...new Set(lasting.map(({ port }) => port))].sort((a, b) => a - b);
  }

  /** The supervisor starts it again. @throws Error when the pid file does not name a running engine. */
  async #endEngine(pidFile: string): Promise<void> {
    const pid = Number(await readFile(pidFile, "utf8"));
    const program = await readFile(`/proc/${pid}/comm`, "utf8");
    if (program.trim() !== "dockerd") throw new Error(`${pidFile} names process ${pid}, which is no dockerd`);
    process.kill(pid, "SIGTERM");
  }
}
