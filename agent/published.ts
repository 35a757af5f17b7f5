import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { engineCall } from "./docker";
import { forwardsByDocker } from "./firewall";
import { RestartPause } from "./restart-pause";
import { portLabel, slugLabel } from "./session/labels";
import { overlaps, type SessionNetwork } from "./subnet";

/** A container that starts or stops has its rule a little before or after it counts as running; none takes this long, ms. */
const patienceMs = 10_000;

const publishedBy = ({ Ports }: Docker.ContainerInfo): number[] =>
  Ports.flatMap(({ PublicPort }) => PublicPort ?? []);

/** What has been so without a break, and since when on the monotonic clock. */
class Lasting<T> {
  #since: ReadonlyMap<T, number> = new Map();

  /** @returns those of `present` that have been there for longer than a start or stop takes */
  see(present: Iterable<T>): T[] {
    const now = performance.now();
    this.#since = new Map([...present].map((one) => [one, this.#since.get(one) ?? now]));
    return [...this.#since].flatMap(([one, at]) => (now - at >= patienceMs ? [one] : []));
  }
}

/** What Docker's rules lack and what they have too much. */
interface Amiss {
  /** Ports of running sessions that are not forwarded. */
  missing: number[];
  /** Ports that are held for no container. */
  stray: number[];
  /** A session's container is there and does not run yet. */
  isStarting: boolean;
}

/**
 * Watches that Docker forwards the SSH ports of its containers and no others. All engines of a host share their chains,
 * and one that starts empties them: sessions of the others run on, but no new connection reaches them. And an engine that
 * was killed as it started a container holds that container's port when it is back, without the container. An engine sets
 * its rules right at its own start alone, so that is what mends both; with live-restore the sessions outlive it.
 */
export class PublishedPorts {
  /** Container ids. */
  readonly #unforwarded = new Lasting<string>();
  readonly #unowned = new Lasting<number>();
  // Apart, since nobody reaches a session whose rule is missing, and a stray port harms nobody.
  readonly #pauses = { missing: new RestartPause(), stray: new RestartPause() };

  constructor(
    readonly engine: Docker,
    /** Where sessions with published ports are. */
    readonly network: SessionNetwork,
    /** Of the engine, where it is this installation's own and is started again when it ends. */
    readonly pidFile: string | undefined,
    readonly log: Logger,
  ) {}

  /** @returns one sentence for the operator while the rules are not right; null when all is well. */
  async assert(): Promise<string | null> {
    const { missing, stray, isStarting } = await this.#amiss();
    if (missing.length > 0) {
      const told = `Docker no longer forwards SSH to sessions (port ${missing.join(", ")}): another engine that started on this host has emptied the chains they share.`;
      return await this.#restartEngine(told, this.#pauses.missing);
    }
    if (stray.length === 0) return null;
    const told = `Docker holds port ${stray.join(", ")} for no session: it was killed as it started one.`;
    // A restart in the middle of a start is what leaves such ports.
    return isStarting ? told : await this.#restartEngine(told, this.#pauses.stray);
  }

  /** @returns what is amiss and what is done about it */
  async #restartEngine(told: string, pause: RestartPause): Promise<string> {
    if (this.pidFile === undefined) return `${told} Restart the engine that MEDFORGE_DOCKER_HOST names.`;
    const now = performance.now();
    const agoMs = pause.restartedLately(now);
    if (agoMs !== null)
      return `${told} MedForge's engine was restarted for it ${Math.ceil(agoMs / 60_000)} min ago and is not restarted again at once: find out what does it, or run ./medforge restart docker.`;
    try {
      await this.#endEngine(this.pidFile);
    } catch (cause) {
      return `${told} MedForge's engine can't be restarted: ${errorText(cause)}`;
    }
    pause.restarted(now);
    this.log.warn({ reason: told }, "engine restarted");
    return `${told} MedForge's engine is being restarted.`;
  }

  async #forwarded(): Promise<Set<number>> {
    const forwards = await forwardsByDocker();
    // Other engines on the host have their rules in the same chain.
    const ours = forwards.filter(({ address }) => overlaps(`${address}/32`, this.network.subnet));
    return new Set(ours.map(({ port }) => port));
  }

  async #amiss(): Promise<Amiss> {
    // A container is known before its port is forwarded, and runs after: so one look at the rules before, one after.
    const before = await this.#forwarded();
    const all = await engineCall("Listing containers", this.engine.listContainers({ all: true }));
    const after = await this.#forwarded();
    const sessions = all.filter(({ Labels }) => Labels[slugLabel] !== undefined);
    const unforwarded = new Map(
      sessions
        .filter(({ State }) => State === "running")
        .map((info) => [info.Id, publishedBy(info).filter((port) => !after.has(port))] as const)
        .filter(([, ports]) => ports.length > 0),
    );
    // One that is only about to run does not say yet what it publishes.
    const owned = new Set([
      ...all.flatMap(publishedBy),
      ...sessions.map(({ Labels }) => Number(Labels[portLabel])),
    ]);
    const lacking = this.#unforwarded.see(unforwarded.keys()).flatMap((id) => unforwarded.get(id) ?? []);
    return {
      missing: [...new Set(lacking)].sort((a, b) => a - b),
      stray: this.#unowned.see([...before].filter((port) => !owned.has(port))).sort((a, b) => a - b),
      isStarting: sessions.some(({ State }) => State === "created"),
    };
  }

  /** The supervisor starts it again. @throws Error when the pid file does not name a running engine. */
  async #endEngine(pidFile: string): Promise<void> {
    const pid = Number(await readFile(pidFile, "utf8"));
    const program = await readFile(`/proc/${pid}/comm`, "utf8");
    if (program.trim() !== "dockerd") throw new Error(`${pidFile} names process ${pid}, which is no dockerd`);
    process.kill(pid, "SIGTERM");
  }
}
