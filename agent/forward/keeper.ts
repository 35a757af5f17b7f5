import type Docker from "dockerode";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { engineCall, orMissing } from "../docker";
import { sentence } from "../sentence";
import type { KeyedQueue } from "../serial";
import type { ConfigFolders } from "../session/config-folder";
import { containerName, readLabels, slugLabel } from "../session/labels";
import type { SessionNetwork } from "../subnet";
import type { Forwards } from "./forwards";

/** How often containers and forwards are compared. ms */
const compareEveryMs = 30_000;
/** How often it is seen whether the forwards that should run do: no engine is asked for that. ms */
const lookEveryMs = 2_000;

type Mounts = readonly { Destination?: string; Source?: string }[] | undefined;

interface Parts {
  engine: Docker;
  network: SessionNetwork;
  configs: ConfigFolders;
  forwards: Forwards;
  queue: KeyedQueue;
  log: Logger;
}

/** Sees to it that every running internal session has its forward, and that no forward is without its container. */
export class ForwardKeeper {
  #timers: NodeJS.Timeout[] = [];
  /** One look at a session at a time: a stop holds its queue for as long as the grace period. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #problems = new Map<string, string>();

  constructor(readonly parts: Parts) {}

  /** Sentences for the operator: running sessions that can't be reached. */
  get problems(): string[] {
    return [...this.#problems.values()];
  }

  /** Compares now and from now on. */
  async start(): Promise<void> {
    await this.compare();
    const repeat = (everyMs: number, task: () => Promise<void>) => setInterval(() => void task(), everyMs);
    this.#timers = [
      repeat(compareEveryMs, () => this.compare()),
      repeat(lookEveryMs, () => this.#lookForDead()),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Brings all forwards in line with the containers. Never rejects: what fails is logged, and told by `problems`. */
  async compare(): Promise<void> {
    const { forwards, log } = this.parts;
    try {
      const slugs = new Set([...(await forwards.slugs()), ...(await this.#containers())]);
      // What was stopped meanwhile has no problem any more.
      for (const slug of this.#problems.keys()) if (!slugs.has(slug)) this.#problems.delete(slug);
      await Promise.all([...slugs].map((slug) => this.#settle(slug)));
    } catch (cause) {
      log.warn({ err: cause }, "forwards not compared with containers");
    }
  }

  async #lookForDead(): Promise<void> {
    const { forwards, log } = this.parts;
    try {
      const slugs = await forwards.slugs();
      const up = await Promise.all(slugs.map((slug) => forwards.isUp(slug)));
      // Beside each other: one that can't be settled holds up no other.
      await Promise.all(slugs.filter((_, index) => !up[index]).map((slug) => this.#settle(slug)));
    } catch (cause) {
      log.warn({ err: cause }, "forwards not looked at");
    }
  }

  /** Another agent's sessions may be in the same engine: ours have a folder of ours mounted. */
  #isOurs(slug: string, mounts: Mounts): boolean {
    const folder = this.parts.configs.path(slug);
    return (mounts ?? []).some((it) => it.Destination === "/etc/medforge" && it.Source === folder);
  }

  async #containers(): Promise<string[]> {
    const { engine, network } = this.parts;
    const filters = { network: [network.name], label: [slugLabel] };
    const found = await engineCall("Listing containers", engine.listContainers({ filters }));
    return found.flatMap(({ Labels, Mounts }) => {
      const slug = Labels[slugLabel] ?? "";
      return this.#isOurs(slug, Mounts) ? [slug] : [];
    });
  }

  #settle(slug: string): Promise<void> {
    const { queue, log } = this.parts;
    const running = this.#underWay.get(slug);
    if (running !== undefined) return running;
    const task = queue
      .run(`session:${slug}`, () => this.#bringInLine(slug))
      .then(
        () => void this.#problems.delete(slug),
        (cause: unknown) => {
          const problem = `Session ${slug} can't be reached by SSH: ${errorText(cause)}`;
          this.#problems.set(slug, sentence(problem));
          log.error({ err: cause, slug }, "forward not brought in line");
        },
      )
      .finally(() => this.#underWay.delete(slug));
    this.#underWay.set(slug, task);
    return task;
  }

  /** In the session's queue, with the container as it is then: no start or stop is half-way. */
  async #bringInLine(slug: string): Promise<void> {
    const { engine, network, forwards } = this.parts;
    const container = engine.getContainer(containerName(slug));
    const details = await orMissing(`Looking up container ${containerName(slug)}`, container.inspect());
    const labels = readLabels(details?.Config.Labels);
    const address = details?.NetworkSettings.Networks[network.name]?.IPAddress;
    const runs = details?.State.Running === true && this.#isOurs(slug, details.Mounts);
    if (!runs || labels === null || !address) return forwards.remove(slug);
    const wasUp = await forwards.isUp(slug);
    await forwards.ensure(slug, labels.sshPort, address);
    if (!wasUp) this.parts.log.warn({ slug }, "forward was down and is up again");
  }
}
