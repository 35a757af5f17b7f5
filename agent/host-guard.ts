import type Docker from "dockerode";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { engineCall, type Remap, readRemap } from "./docker";
import { assertChain, assertDockerUserIsUsed, type Chain, chainsFor } from "./firewall";
import { ensureNetwork } from "./network";
import { packImages } from "./packs";
import { errorSentence, sentence } from "./sentence";
import { KeyedQueue } from "./serial";
import type { SessionNetwork } from "./subnet";

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

const unknown: Verdict = { remap: null, engineVersion: null, blocking: ["not checked yet"], other: [] };

/**
 * Keeps what isolates sessions as it must be: the engine remaps users, the network is the agent's, the firewall chains
 * stand first. Checked at start, every 30 s, and again before a start that found it wanting.
 */
export class HostGuard {
  #verdict = unknown;
  #timer: NodeJS.Timeout | undefined;
  readonly #queue = new KeyedQueue();

  constructor(
    readonly engine: Docker,
    readonly network: SessionNetwork,
    readonly resolvers: readonly string[],
    readonly log: Logger,
  ) {}

  get verdict(): Readonly<Verdict> {
    return this.#verdict;
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
      await this.#assertFirewall(verdict);
      await this.#assertEngine(verdict);
      const told = new Set([...this.#verdict.blocking, ...this.#verdict.other]);
      for (const problem of [...verdict.blocking, ...verdict.other]) {
        if (!told.has(problem)) this.log.warn({ problem }, "host problem");
      }
      this.#verdict = verdict;
    });
  }

  async #assertFirewall(verdict: Verdict): Promise<void> {
    for (const chain of chainsFor(this.network, this.resolvers)) {
      try {
        const changes = await assertChain(chain);
        if (changes.length > 0) this.log.warn({ changes }, "firewall re-asserted");
      } catch (cause) {
        this.#noteFirewallFailure(verdict, chain, cause);
      }
    }
  }

  /** Sessions have no IPv6 of their own, so a host without ip6tables is a weakness to tell, not a reason to stop. */
  #noteFirewallFailure(verdict: Verdict, chain: Chain, cause: unknown): void {
    const list = chain.program === "iptables" ? verdict.blocking : verdict.other;
    list.push(sentence(`Firewall chain ${chain.name} can't be asserted: ${errorText(cause)}`));
  }

  async #assertEngine(verdict: Verdict): Promise<void> {
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
      await ensureNetwork(this.engine, this.network);
      const changes = await assertDockerUserIsUsed(this.network.bridge);
      if (changes.length > 0) this.log.warn({ changes }, "firewall re-asserted");
      await this.#noteMissingImages(verdict);
    } catch (cause) {
      verdict.blocking.push(errorSentence(cause));
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
