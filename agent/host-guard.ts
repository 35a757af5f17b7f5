import type Docker from "dockerode";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { systemClock } from "@/lib/kernel/clock";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { type Chain, chainsFor } from "./chains";
import { engineCall, type Remap, readRemap } from "./docker";
import { assertChain, assertDockerUserIsUsed } from "./firewall";
import { ensureNetwork } from "./network";
import { packImages } from "./packs";
import { PublishedPorts } from "./published";
import { errorSentence, sentence } from "./sentence";
import { KeyedQueue } from "./serial";
import type { SessionNetworks } from "./subnet";

/** Something else that rewrites the firewall is undone within this time. */
const assertEveryMs = 30_000;

interface Verdict {
  remap: Remap | null;
  engineVersion: string | null;
  /** No session may start while any of these holds. */
  blocking: string[];
  /** To be told, but not in the way. */
  other: string[];
}

interface FenceChanges {
  count: number;
  at: Date | null;
}

const unknown: Verdict = { remap: null, engineVersion: null, blocking: ["not checked yet"], other: [] };

/**
 * Keeps what isolates sessions as it must be: the engine remaps users, the networks are the agent's, the firewall
 * chains stand first. Checked at start, every 30 s, and again before a start that found it wanting.
 */
export class HostGuard {
  #verdict = unknown;
  #timer: NodeJS.Timeout | undefined;
  #fenceChanges: FenceChanges = { count: 0, at: null };
  /** Some chain of ours was found or made: what differs from now on, somebody changed. */
  #isFenced = false;
  readonly #queue = new KeyedQueue();
  readonly #published: PublishedPorts;

  constructor(
    readonly engine: Docker,
    readonly networks: SessionNetworks,
    readonly resolvers: readonly string[],
    /** Of the user that forwards run as. */
    readonly forwardUid: number,
    readonly log: Logger,
    /** Of the engine, where it is this installation's own. */
    enginePidFile: string | undefined,
  ) {
    this.#published = new PublishedPorts(engine, networks.external, enginePidFile, log);
  }

  get verdict(): Readonly<Verdict> {
    return this.#verdict;
  }

  /**
   * What was made or put right since the agent's start: until it was, sessions may have reached more than they should,
   * those too that went on while nothing of the fence was left.
   */
  get fenceChanges(): Readonly<FenceChanges> {
    return this.#fenceChanges;
  }

  /** Asserts now and every 30 s from now on. */
  async start(): Promise<void> {
    await this.assert();
    this.#timer = setInterval(() => {
      this.assert().catch((cause: unknown) => this.log.error({ err: cause }, "host check failed"));
    }, assertEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Ids of the engine's remapped root. @throws AgentError `engine_unavailable` saying why no session may start. */
  async ready(): Promise<Remap> {
    if (this.#verdict.blocking.length > 0) await this.assert();
    const { remap, blocking } = this.#verdict;
    if (remap === null || blocking.length > 0) throw new AgentError("engine_unavailable", blocking.join(" "));
    return remap;
  }

  assert(): Promise<void> {
    return this.#queue.run("assert", async () => {
      const verdict: Verdict = { remap: null, engineVersion: null, blocking: [], other: [] };
      // The chains come first: they need no engine, and containers may be alive without one.
      const isNew = await this.#assertFirewall(verdict);
      await this.#assertEngine(verdict, isNew);
      const told = new Set([...this.#verdict.blocking, ...this.#verdict.other]);
      for (const problem of [...verdict.blocking, ...verdict.other]) {
        if (!told.has(problem)) this.log.warn({ problem }, "host problem");
      }
      this.#verdict = verdict;
    });
  }

  /** @returns whether there was no fence before, as on a host that has just started: then nobody changed it. */
  async #assertFirewall(verdict: Verdict): Promise<boolean> {
    const asserted: Awaited<ReturnType<typeof assertChain>>[] = [];
    for (const chain of chainsFor(this.networks, this.resolvers, this.forwardUid)) {
      try {
        asserted.push(await assertChain(chain));
      } catch (cause) {
        this.#noteFirewallFailure(verdict, chain, cause);
      }
    }
    const isNew = !this.#isFenced && asserted.length > 0 && asserted.every((chain) => chain.isNew);
    this.#isFenced ||= asserted.length > 0;
    this.#noteFenceChanges(
      asserted.flatMap(({ changes }) => changes),
      isNew,
    );
    return isNew;
  }

  #noteFenceChanges(changes: readonly string[], isNew: boolean): void {
    if (changes.length === 0) return;
    if (isNew) this.log.info({ changes }, "firewall made");
    else this.log.warn({ changes }, "firewall re-asserted");
    this.#fenceChanges = { count: this.#fenceChanges.count + 1, at: systemClock.now() };
  }

  #noteFirewallFailure(verdict: Verdict, chain: Chain, cause: unknown): void {
    const list = chain.isVital ? verdict.blocking : verdict.other;
    list.push(sentence(`Firewall chain ${chain.name} can't be asserted: ${errorText(cause)}`));
  }

  async #assertEngine(verdict: Verdict, fenceIsNew: boolean): Promise<void> {
    try {
      const info = await engineCall("Docker engine does not answer", this.engine.info());
      verdict.engineVersion = String(info.ServerVersion);
      verdict.remap = readRemap(info);
      if (verdict.remap === null) {
        verdict.blocking.push(
          "The Docker engine does not remap users: start dockerd with --userns-remap=default, so that root in a session is nobody on the host.",
        );
        return;
      }
      for (const network of Object.values(this.networks)) await ensureNetwork(this.engine, network);
      this.#noteFenceChanges(await assertDockerUserIsUsed(this.networks.external.bridge), fenceIsNew);
      await this.#noteMissingImages(verdict);
    } catch (cause) {
      verdict.blocking.push(errorSentence(cause));
      return;
    }
    await this.#assertPublished(verdict);
  }

  /** What keeps people from sessions that run is no reason to start none. */
  async #assertPublished(verdict: Verdict): Promise<void> {
    try {
      const amiss = await this.#published.assert();
      if (amiss !== null) verdict.other.push(amiss);
    } catch (cause) {
      verdict.other.push(errorSentence(cause));
    }
  }

  async #noteMissingImages(verdict: Verdict): Promise<void> {
    const images = await engineCall("Listing images", this.engine.listImages());
    const present = new Set(images.flatMap((image) => image.RepoTags ?? []));
    for (const image of packImages) {
      if (!present.has(image))
        verdict.other.push(`Session image ${image} is missing in the engine: run ./medforge up.`);
    }
  }
}
