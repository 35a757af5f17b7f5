import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { engineCall } from "./docker";
import { forwardsByDocker } from "./firewall";
import { portLabel, slugLabel } from "./session/labels";

/** A container that starts or stops has its rule a little before or after it counts as running; none takes this long, ms. */
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

/** What Docker's rules lack and what they have too much, for long enough to be no start or stop that goes on. */
interface Amiss {
  /** Ports of running sessions that are not forwarded. */
  missing: number[];
  /** Ports that are held for no container. */
  stray: number[];
}

/**
 * Watches that Docker forwards the SSH ports of its containers and no others. All engines of a host share their chains,
 * and one that starts empties them: sessions of the others run on, but no new connection reaches them. And an engine that
 * was killed as it started a container holds that container's port when it is back, without the container. An engine sets
 * its rules right at its own start alone, so that is what mends both; with live-restore the sessions outlive it.
 */
export class PublishedPorts {
  /** By port, on the monotonic clock. */
  #missingSince: ReadonlyMap<number, number> = new Map();
  #straySince: ReadonlyMap<number, number> = new Map();
  #restartedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  #amissAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly engine: Docker,
    /** Where sessions with published ports are. */
    readonly bridge: string,
    /** Of the engine, where it is this installation's own and is started again when it ends. */
    readonly pidFile: string | undefined,
    readonly log: Logger,
  ) {}

  /** @returns one sentence for the operator while the rules are not right; null when all is well. */
  async assert(): Promise<string | null> {
    const { missing, stray } = await this.#amiss();
    if (missing.length > 0) {
      return await this.#restartEngine(
        `Docker no longer forwards SSH to sessions (port ${missing.join(", ")}): another engine that started on this host has emptied the chains they share.`,
      );
    }
    if (stray.length > 0) {
      return await this.#restartEngine(
        `Docker holds port ${stray.join(", ")} for no session: it was killed as it started one.`,
      );
    }
    return null;
  }

  /** @returns what is amiss and what is done about it */
  async #restartEngine(told: string): Promise<string> {
    if (this.pidFile === undefined) return `${told} Restart the engine that MEDFORGE_DOCKER_HOST names.`;
    const now = performance.now();
    const wellMs = now - this.#amissAt;
    this.#amissAt = now;
    const rested = now - this.#restartedAt;
    if (rested < this.#pauseMs)
      return `${told} MedForge's engine was restarted for such a thing ${Math.ceil(rested / 60_000)} min ago and is not restarted again at once: find out what does it, or run ./medforge restart docker.`;
    try {
      await this.#endEngine(this.pidFile);
    } catch (cause) {
      return `${told} MedForge's engine can't be restarted: ${errorText(cause)}`;
    }
    this.#restartedAt = now;
    this.#pauseMs = pauseAfter(this.#pauseMs, wellMs);
    this.log.warn({ reason: told }, "engine restarted");
    return `${told} MedForge's engine is being restarted.`;
  }

  async #amiss(): Promise<Amiss> {
    // The rules first: a container is known before its port is forwarded.
    const forwarded = (await forwardsByDocker()).filter(({ bridge }) => bridge === this.bridge);
    const all = await engineCall("Listing containers", this.engine.listContainers({ all: true }));
    const publishedBy = ({ Ports }: Docker.ContainerInfo) =>
      Ports.flatMap(({ PublicPort }) => PublicPort ?? []);
    const sessions = all.filter(({ Labels }) => Labels[slugLabel] !== undefined);
    const published = sessions.filter(({ State }) => State === "running").flatMap(publishedBy);
    // One that is only about to run does not say yet what it publishes.
    const known = new Set([
      ...all.flatMap(publishedBy),
      ...sessions.map(({ Labels }) => Number(Labels[portLabel])),
    ]);
    const ports = new Set(forwarded.map(({ port }) => port));
    const now = performance.now();
    this.#missingSince = since(
      this.#missingSince,
      published.filter((port) => !ports.has(port)),
      now,
    );
    this.#straySince = since(
      this.#straySince,
      [...ports].filter((port) => !known.has(port)),
      now,
    );
    return { missing: lasting(this.#missingSince, now), stray: lasting(this.#straySince, now) };
  }

  /** The supervisor starts it again. @throws Error when the pid file does not name a running engine. */
  async #endEngine(pidFile: string): Promise<void> {
    const pid = Number(await readFile(pidFile, "utf8"));
    const program = await readFile(`/proc/${pid}/comm`, "utf8");
    if (program.trim() !== "dockerd") throw new Error(`${pidFile} names process ${pid}, which is no dockerd`);
    process.kill(pid, "SIGTERM");
  }
}

function since(before: ReadonlyMap<number, number>, ports: readonly number[], now: number) {
  return new Map(ports.map((port) => [port, before.get(port) ?? now]));
}

function lasting(ports: ReadonlyMap<number, number>, now: number): number[] {
  return [...ports].flatMap(([port, at]) => (now - at >= patienceMs ? [port] : [])).sort((a, b) => a - b);
}
