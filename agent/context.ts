import { join } from "node:path";
import type Docker from "dockerode";
import type { AgentEnv } from "@/lib/kernel/env/agent";
import type { Logger } from "@/lib/kernel/log";
import { accountOf } from "./account";
import { createEngine } from "./docker";
import { EngineStart } from "./engine-start";
import { Fence } from "./fence";
import { Forwards } from "./forward/forwards";
import { ForwardKeeper } from "./forward/keeper";
import { GpuCatalog } from "./gpus";
import { HostCa } from "./host-ca";
import { HostGuard } from "./host-guard";
import { HostKeys } from "./host-keys";
import { ensurePrivateFolder } from "./private-folder";
import { sessionResolvers } from "./resolvers";
import { KeyedQueue } from "./serial";
import { ConfigFolders } from "./session/config-folder";
import { ShimKeeper } from "./shims";
import { describeNetworks } from "./subnet";
import { AgentMetrics } from "./telemetry/metrics";
import { RunningSessions } from "./telemetry/running";
import { Workspaces } from "./workspaces";
import { makeMountLock } from "./zfs";

/** What the verbs work with: one per agent process. */
export interface AgentContext {
  env: AgentEnv;
  log: Logger;
  engine: Docker;
  engineStart: EngineStart;
  guard: HostGuard;
  gpus: GpuCatalog;
  workspaces: Workspaces;
  hostCa: HostCa;
  hostKeys: HostKeys;
  configs: ConfigFolders;
  forwards: Forwards;
  keeper: ForwardKeeper;
  shims: ShimKeeper;
  fence: Fence;
  /** Keys: `session:<slug>`, `workspace:<id>`, `allocate`; taken in this order, so that no two wait for each other. */
  queue: KeyedQueue;
  /** For the samples: what runs, as the kernel sees it. */
  running: RunningSessions;
  metrics: AgentMetrics;
}

/**
 * Makes the state folder and all parts; talks to nobody yet. Others may pass through the folder to reach what a
 * container mounts, but list or read nothing.
 */
export async function createContext(env: AgentEnv, log: Logger): Promise<AgentContext> {
  const stateDir = env.MEDFORGE_AGENT_STATE_DIR;
  await ensurePrivateFolder(stateDir, 0o711);
  for (const name of ["workspaces", "forwards"]) await ensurePrivateFolder(join(stateDir, name), 0o700);
  for (const name of ["mounts", "sessions"]) await ensurePrivateFolder(join(stateDir, name), 0o711);
  await makeMountLock();
  const fence = new Fence(join(stateDir, "generations"));
  await fence.open(new Date());
  const engine = createEngine(env.MEDFORGE_DOCKER_SOCKET);
  const networks = describeNetworks(env.MEDFORGE_EXTERNAL_SUBNET, env.MEDFORGE_INTERNAL_SUBNET);
  const resolvers = await sessionResolvers(env.MEDFORGE_SESSION_DNS);
  const account = await accountOf(env.MEDFORGE_FORWARD_USER);
  const guard = new HostGuard(engine, networks, resolvers, account.uid, log, env.MEDFORGE_DOCKER_PID_FILE);
  const hostCa = new HostCa(join(stateDir, "host-ca"));
  await hostCa.open();
  const configs = new ConfigFolders(join(stateDir, "sessions"));
  const forwards = new Forwards(join(stateDir, "forwards"), account, env.MEDFORGE_SSH_BIND);
  const queue = new KeyedQueue();
  return {
    env,
    log,
    engine,
    engineStart: new EngineStart(env.MEDFORGE_DOCKER_SOCKET),
    guard,
    gpus: new GpuCatalog(env.MEDFORGE_NVIDIA_SMI),
    workspaces: new Workspaces(env.MEDFORGE_ZFS_PARENT, stateDir),
    hostCa,
    hostKeys: new HostKeys(join(stateDir, "workspaces"), hostCa),
    configs,
    forwards,
    keeper: new ForwardKeeper({ engine, network: networks.internal, configs, forwards, queue, log }),
    shims: new ShimKeeper(engine, env.MEDFORGE_DOCKER_PID_FILE, log),
    fence,
    queue,
    running: new RunningSessions(engine),
    metrics: new AgentMetrics(guard),
  };
}
