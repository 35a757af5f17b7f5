import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { engineCall, orMissing } from "../docker";
import { unlessGone } from "../gone";
import { installationLabel, readLabels, type SessionLabels } from "../session/labels";

/** A running session container as the kernel sees it. */
export interface RunningSession {
  readonly labels: SessionLabels;
  readonly containerId: string;
  /** Its first process, by the host's count. */
  readonly pid: number;
  /** Where the engine keeps its log; empty when it is not kept in a file. */
  readonly logPath: string;
}

/** A container's id within the path of its control group, however the engine lays groups out. */
const containerId = /(?:^|[/-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/m;

/** The container whose control group a process is in, from its `/proc/<pid>/cgroup`; null when it is in none. */
export function containerOf(cgroup: string): string | null {
  return containerId.exec(cgroup)?.[1] ?? null;
}

/** A process's control groups, as long as it lives. */
export function cgroupOf(pid: number): Promise<string | undefined> {
  return unlessGone(() => readFile(`/proc/${pid}/cgroup`, "utf8"));
}

/**
 * The running containers of an installation. What the engine says of one does not change while it lives, so each is
 * asked about once and not at every sample.
 */
export class RunningSessions {
  #known = new Map<string, RunningSession>();

  constructor(private readonly engine: Docker) {}

  /** @throws AgentError `engine_unavailable` */
  async list(installationId: string): Promise<RunningSession[]> {
    const filters = { label: [`${installationLabel}=${installationId}`], status: ["running"] };
    const listed = await engineCall("Listing containers", this.engine.listContainers({ filters }));
    const found = await Promise.all(listed.map(({ Id }) => this.#known.get(Id) ?? this.#look(Id)));
    const running = found.filter((session) => session !== undefined);
    this.#known = new Map(running.map((session) => [session.containerId, session]));
    return running;
  }

  async #look(id: string): Promise<RunningSession | undefined> {
    const details = await orMissing("Looking up a container", this.engine.getContainer(id).inspect());
    const labels = readLabels(details?.Config.Labels);
    if (details === undefined || labels === null || !details.State.Running) return undefined;
    return { labels, containerId: id, pid: details.State.Pid, logPath: details.LogPath };
  }
}
