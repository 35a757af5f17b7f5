import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { type Connection, Server, utils } from "ssh2";
import {
  AgentError,
  protocolVersion,
  type VerbInput,
  type VerbName,
  type VerbResult,
} from "@/lib/agent-protocol/verbs";

type SessionInfo = VerbResult<"session.list">["sessions"][number];
type SnapshotInfo = VerbResult<"workspace.list">["snapshots"][number];
type Stats = VerbResult<"sessions.stats">["sessions"][number];
type Handlers = { [Name in VerbName]: (input: VerbInput<Name>) => Promise<VerbResult<Name>> };

interface Workspace {
  readonly identity: string;
  readonly hostKey: { private: string; public: string };
  readonly generations: Set<number>;
  readonly snapshots: Map<string, SnapshotInfo>;
}

interface Container {
  info: SessionInfo;
  keys: readonly string[];
  server: Server | null;
  readonly connections: Set<Connection>;
}

/**
 * A simulated GPU host: workspaces and containers are entries in memory, but sshd is a real SSH server on the real port
 * with the workspace's own host key. Follows the agent's contract: idempotent verbs, fencing, busy GPUs and ports.
 */
export class SimulatedHost {
  readonly workspaces = new Map<string, Workspace>();
  readonly containers = new Map<string, Container>();
  /** Snapshots that two states grew from: those can't go. */
  readonly rooted = new Set<string>();
  readonly gpuUuids: readonly string[];
  readonly hostCaPublicKey = newHostKey().public.split(" ").slice(0, 2).join(" ");
  readonly #seen = new Map<string, number>();
  bootId: string = randomUUID();
  engineStartedAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
  /** False: containers run but nothing listens on their port. */
  sshdWorks = true;
  /** What sessions can reach that they must not. */
  leaks: readonly string[] = [];
  fenceChanges: { count: number; at: string | null } = { count: 0, at: null };
  /** False: the pool that holds the workspaces is away. */
  storageReady = true;
  /** What each session's container has written; grows as tests say. */
  readonly logs = new Map<string, string>();
  /** What each session has used since its container started. */
  readonly used = new Map<string, Partial<Stats>>();
  readonly gpuProcesses: VerbResult<"gpu.processes">["processes"] = [];
  /** GPUs that some foreign program holds. */
  readonly foreignGpus = new Set<string>();

  constructor(gpus: number) {
    this.gpuUuids = Array.from({ length: gpus }, () => `GPU-${randomUUID()}`);
  }

  /** Every container ends; `reboot` changes the boot too. */
  async restartEngine(kind: "engine" | "reboot"): Promise<void> {
    for (const slug of this.containers.keys()) await this.exit(slug, 137);
    this.engineStartedAt = new Date(this.engineStartedAt.getTime() + 60_000);
    if (kind === "reboot") this.bootId = randomUUID();
  }

  /** The container ends by itself. */
  async exit(slug: string, exitCode: number): Promise<void> {
    const container = this.containers.get(slug);
    if (!container) return;
    await closeSsh(container);
    const finishedAt = new Date().toISOString();
    container.info = { ...container.info, state: "exited", finishedAt, exitCode, workspaceAlive: null };
  }

  /** Another SSH server than the session's answers on its port. */
  async impersonate(slug: string): Promise<void> {
    const container = this.containers.get(slug);
    if (!container) return;
    await closeSsh(container);
    await listen(container, newHostKey().private, container.info.sshPort);
  }

  async close(): Promise<void> {
    for (const container of this.containers.values()) await closeSsh(container);
  }

  #admit(slug: string, generation: number): void {
    const seen = this.#seen.get(slug) ?? 0;
    if (generation < seen) throw new AgentError("stale_generation", `${slug}: ${generation} after ${seen}`);
    this.#seen.set(slug, generation);
  }

  #workspace(id: string, identity: string): Workspace {
    const workspace = this.workspaces.get(id);
    if (!workspace) throw new AgentError("no_such_workspace", `No workspace ${id} on this host`);
    if (workspace.identity !== identity) throw new AgentError("identity_mismatch", `${id} is another's`);
    return workspace;
  }

  #snapshot(workspace: Workspace, snapshotId: string, datasetGeneration: number): SnapshotInfo {
    const known = workspace.snapshots.get(snapshotId);
    if (known) return known;
    const createdAt = new Date().toISOString();
    const made = { snapshotId, datasetGeneration, createdAt, usedBytes: 0, referencedBytes: 4096 };
    workspace.snapshots.set(snapshotId, made);
    return made;
  }

  async #start(input: VerbInput<"session.start">): Promise<VerbResult<"session.start">> {
    this.#admit(input.slug, input.generation);
    const workspace = this.#workspace(input.workspaceId, input.identity);
    const old = this.containers.get(input.slug);
    if (old) {
      await closeSsh(old);
      this.containers.delete(input.slug);
    }
    const holders = [...this.containers.values()].filter(({ info }) => info.gpuUuid === input.gpuUuid);
    if (holders.length > 0 || this.foreignGpus.has(input.gpuUuid)) {
      throw new AgentError("gpu_busy", `GPU ${input.gpuUuid} is held by another container`);
    }
    const container: Container = {
      info: infoOf(input),
      keys: input.authorizedKeys,
      server: null,
      connections: new Set(),
    };
    if (this.sshdWorks) await listen(container, workspace.hostKey.private, input.sshPort);
    this.containers.set(input.slug, container);
    return {
      startedAt: container.info.startedAt ?? "",
      bootId: this.bootId,
      engineStartedAt: this.engineStartedAt.toISOString(),
    };
  }

  #probes(exposure: SessionInfo["exposure"]): VerbResult<"session.probe">["probes"] {
    const targets = [...this.leaks, "192.0.2.1:80", "192.0.2.2:80"];
    const fenced = targets.map((target, index) => ({
      ...{ target, kind: "private" as const, expectation: "refused" as const, ms: 1 },
      ...(index < this.leaks.length
        ? { outcome: "reached" as const, how: "connected" }
        : { outcome: "refused" as const, how: "timed out" }),
    }));
    if (exposure === "internal") return fenced;
    const open = { expectation: "reached", outcome: "reached", how: "connected", ms: 1 } as const;
    return [...fenced, { target: "198.51.100.1:443", kind: "internet", ...open }];
  }

  async #stop(input: VerbInput<"session.stop">): Promise<VerbResult<"session.stop">> {
    this.#admit(input.slug, input.generation);
    const container = this.containers.get(input.slug);
    if (container) await closeSsh(container);
    const id = input.workspace?.workspaceId ?? container?.info.workspaceId;
    const generation = input.workspace?.datasetGeneration ?? container?.info.datasetGeneration;
    const workspace = id === undefined ? undefined : this.workspaces.get(id);
    this.containers.delete(input.slug);
    if (input.snapshotId === null) return { snapshot: null, snapshotError: null };
    if (!workspace || generation === undefined) return { snapshot: null, snapshotError: "no such workspace" };
    return { snapshot: this.#snapshot(workspace, input.snapshotId, generation), snapshotError: null };
  }

  #ensure(input: VerbInput<"workspace.ensure">): VerbResult<"workspace.ensure"> {
    const known = this.workspaces.get(input.workspaceId);
    if (known && input.identity !== null) this.#workspace(input.workspaceId, input.identity);
    const workspace = known ?? {
      identity: randomBytes(16).toString("hex"),
      hostKey: newHostKey(),
      generations: new Set<number>(),
      snapshots: new Map<string, SnapshotInfo>(),
    };
    workspace.generations.add(input.datasetGeneration);
    this.workspaces.set(input.workspaceId, workspace);
    const hostPublicKey = workspace.hostKey.public.split(" ").slice(0, 2).join(" ");
    return { identity: workspace.identity, hostPublicKey };
  }

  readonly handlers: Handlers = {
    health: async () => ({
      protocolVersion,
      version: "simulated",
      bootId: this.bootId,
      engineStartedAt: this.engineStartedAt.toISOString(),
      engineVersion: "simulated",
      storageReady: this.storageReady,
      problems: [],
      fenceChanges: this.fenceChanges,
    }),
    inventory: async () => ({
      hostname: "simulated",
      cpus: 8,
      memoryBytes: 2 ** 36,
      disk: { totalBytes: 2 ** 40, freeBytes: 2 ** 39 },
      gpus: this.gpuUuids.map((uuid, index) => ({
        index,
        uuid,
        model: "Test GPU (simulated)",
        memoryMiB: 24_576,
        driver: "stand-in",
        simulated: true,
      })),
      hostCaPublicKey: this.hostCaPublicKey,
    }),
    usage: async () => ({
      sampledAt: new Date().toISOString(),
      gpus: this.gpuUuids.map((uuid) => ({
        uuid,
        utilizationPercent: 7,
        memoryUsedMiB: 100,
        temperatureC: 40,
        powerW: 50,
      })),
    }),
    "workspace.ensure": async (input) => this.#ensure(input),
    "workspace.snapshot": async (input) =>
      this.#snapshot(
        this.#workspace(input.workspaceId, input.identity),
        input.snapshotId,
        input.datasetGeneration,
      ),
    "workspace.list": async (input) => ({
      snapshots: [...(this.workspaces.get(input.workspaceId)?.snapshots.values() ?? [])],
    }),
    "workspace.restore": async (input) => {
      const workspace = this.#workspace(input.workspaceId, input.identity);
      if (!workspace.snapshots.has(input.snapshotId)) throw new AgentError("no_such_snapshot", "No such");
      workspace.generations.add(input.newGeneration);
      return {};
    },
    "workspace.usage": async () => ({
      usedBytes: 4096,
      quotaBytes: 2 ** 30,
      snapshotBytes: 1024,
      totalBytes: 5120,
      spaceBytes: 3 * 2 ** 30,
    }),
    "workspace.prune": async (input) => {
      const workspace = this.#workspace(input.workspaceId, input.identity);
      const gone = input.snapshotIds.filter((id) => !this.rooted.has(id));
      for (const id of gone) workspace.snapshots.delete(id);
      return { gone };
    },
    "workspace.destroy": async (input) => {
      const { identity } = input;
      const known = this.workspaces.has(input.workspaceId);
      if (known && identity !== null) this.#workspace(input.workspaceId, identity);
      this.workspaces.delete(input.workspaceId);
      return {};
    },
    "session.start": (input) => this.#start(input),
    "session.stop": (input) => this.#stop(input),
    "session.inspect": async (input) => ({
      session: this.containers.get(input.slug)?.info ?? null,
      logTail: "simulated log",
    }),
    "session.list": async () => ({ sessions: [...this.containers.values()].map(({ info }) => info) }),
    "session.pushKeys": async (input) => {
      this.#admit(input.slug, input.generation);
      const container = this.containers.get(input.slug);
      if (container?.info.state !== "running") throw new AgentError("no_such_session", "No such container");
      container.keys = input.authorizedKeys;
      return {};
    },
    "session.probe": async (input) => {
      const container = this.containers.get(input.slug);
      if (container?.info.state !== "running") throw new AgentError("no_such_session", "No such container");
      return { probes: this.#probes(container.info.exposure) };
    },
    "sessions.stats": async () => ({
      monotonicMs: Math.round(performance.now()),
      sessions: [...this.containers.values()]
        .filter(({ info }) => info.state === "running")
        .map(({ info }) => this.#stats(info)),
    }),
    "session.logs": async ({ slug }) => ({
      text: this.containers.has(slug) ? (this.logs.get(slug) ?? "") : null,
    }),
    "gpu.processes": async () => ({ processes: this.gpuProcesses }),
    metrics: async () => ({ contentType: "text/plain", text: "simulated 1\n" }),
  };

  #stats({ slug, generation }: SessionInfo): Stats {
    return {
      ...{ slug, generation, cpuMicroseconds: 0, receivedBytes: 0, sentBytes: 0, pids: 1 },
      ...{ memoryBytes: 2 ** 20, memoryLimitBytes: 2 ** 32, disk: null },
      logMark: String(this.logs.get(slug)?.length ?? 0),
      ...this.used.get(slug),
    };
  }
}

/** ssh2 drops leading zero bytes of what it generates, one key in some 128, and then can't read it: made anew. */
function newHostKey(): Workspace["hostKey"] {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

function infoOf(input: VerbInput<"session.start">): SessionInfo {
  return {
    slug: input.slug,
    generation: input.generation,
    exposure: input.exposure,
    workspaceId: input.workspaceId,
    datasetGeneration: input.datasetGeneration,
    gpuUuid: input.gpuUuid,
    sshPort: input.sshPort,
    state: "running",
    startedAt: new Date().toISOString(),
    finishedAt: null,
    exitCode: null,
    oomKilled: false,
    workspaceAlive: true,
  };
}

/** @throws AgentError `port_busy` */
async function listen(container: Container, hostKey: string, port: number): Promise<void> {
  const server = new Server({ hostKeys: [hostKey] }, (connection) => {
    container.connections.add(connection);
    // A probe leaves after the key exchange.
    connection.on("error", () => undefined);
    connection.once("close", () => container.connections.delete(connection));
    connection.on("authentication", (auth) => auth.reject());
  });
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new AgentError("port_busy", `Port ${port} is in use`, { cause });
  }
  container.server = server;
}

async function closeSsh(container: Container): Promise<void> {
  const { server } = container;
  container.server = null;
  if (!server) return;
  for (const connection of container.connections) connection.end();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
