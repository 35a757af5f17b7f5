import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { z } from "zod";
import { type AgentClient, createAgentClient } from "@/lib/agent-protocol/client";
import type { Exposure } from "@/lib/agent-protocol/patterns";
import type { VerbInput } from "@/lib/agent-protocol/verbs";
import { readEnv } from "@/lib/kernel/env";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import { createLog } from "@/lib/kernel/log";
import { type AgentContext, createContext } from "../context";
import { createDispatch } from "../dispatch";
import { type RunResult, run, runOk } from "../run";
import { createAgentServer, type ObserveVerb } from "../server";
import { removeContainer } from "../session/container";
import { listen } from "../socket";
import { getProperties, zfs } from "../zfs";

/** Real parts that the test world provides; see the harness that starts them. */
const worldSchema = z.object({
  MEDFORGE_TEST_DOCKER_SOCKET: z.string().startsWith("/"),
  /** A dataset below which tests may make and destroy whatever they like. */
  MEDFORGE_TEST_ZFS_PARENT: z.string().min(1),
  /** As `writeStandIn` laid it out, and first on the engine's PATH. */
  MEDFORGE_TEST_STAND_IN_DIR: z.string().startsWith("/"),
});

const readWorld = () => readEnv(worldSchema);

/** An agent on real parts with state of its own, behind its real socket. */
export interface TestAgent {
  client: AgentClient;
  context: AgentContext;
  installationId: string;
  scratch: string;
  /** Frees GPUs and ports, whatever state a test left them in. */
  removeSessions(): Promise<void>;
  /** Ends it as a restart would, without touching sessions or state. */
  close(): Promise<void>;
  /** Ends it and removes every container, dataset and file it made. */
  dispose(): Promise<void>;
}

/** As the release has it: one file that anybody may read, in a folder that anybody may pass through. */
async function probeProgram(scratch: string): Promise<string> {
  const outfile = join(scratch, "probe.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("../probe/main.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  await chmod(scratch, 0o711);
  return outfile;
}

async function closeServer(server: ReturnType<typeof createAgentServer>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Starts an agent; pass the scratch folder and installation of a closed one to play its restart. */
export async function startAgent(before?: { scratch: string; installationId: string }): Promise<TestAgent> {
  const parts = readWorld();
  const scratch = before?.scratch ?? (await mkdtemp(join(tmpdir(), "mf-agent-")));
  const installationId = before?.installationId ?? newPublicId("ins");
  const parent = `${parts.MEDFORGE_TEST_ZFS_PARENT}/${installationId}`;
  const env = {
    MEDFORGE_AGENT_SOCKET: join(scratch, "agent.sock"),
    MEDFORGE_AGENT_SOCKET_GROUP: "root",
    MEDFORGE_AGENT_STATE_DIR: join(scratch, "state"),
    MEDFORGE_DOCKER_SOCKET: parts.MEDFORGE_TEST_DOCKER_SOCKET,
    MEDFORGE_ZFS_PARENT: parent,
    MEDFORGE_EXTERNAL_SUBNET: "172.30.0.0/24",
    MEDFORGE_INTERNAL_SUBNET: "172.30.1.0/24",
    MEDFORGE_FORWARD_USER: "medforge-forward",
    MEDFORGE_PROBE_PROGRAM: await probeProgram(scratch),
    MEDFORGE_PROBE_INTERNET: "203.0.113.1:80",
    MEDFORGE_SSH_BIND: "0.0.0.0",
    // As the installation in this world has it: both agents keep the same chains, and would undo each other's.
    MEDFORGE_SESSION_DNS: "203.0.113.1",
    MEDFORGE_NVIDIA_SMI: join(parts.MEDFORGE_TEST_STAND_IN_DIR, "bin/nvidia-smi"),
    MEDFORGE_LOG_LEVEL: "error",
  } as const;
  const log = createLog("agent-test", "fatal");
  const context = await createContext(env, log);
  await context.workspaces.ensureParent();
  await context.guard.start();
  await context.keeper.start();
  const observe: ObserveVerb = (...seen) => context.metrics.observeVerb(...seen);
  const server = createAgentServer(createDispatch(context), log, observe);
  await listen(server, env.MEDFORGE_AGENT_SOCKET, env.MEDFORGE_AGENT_SOCKET_GROUP);
  const client = createAgentClient(env.MEDFORGE_AGENT_SOCKET);
  const close = async () => {
    context.guard.stop();
    context.keeper.stop();
    await closeServer(server);
  };
  const removeSessions = async () => {
    const filters = { label: [`medforge.installation=${installationId}`] };
    for (const { Id } of await context.engine.listContainers({ all: true, filters })) {
      await removeContainer(context, Id);
    }
    for (const slug of await context.forwards.slugs()) await context.forwards.remove(slug);
  };
  const dispose = async () => {
    await removeSessions();
    await close();
    const datasets = await getProperties(parent, ["medforge:identity"], true);
    for (const [name, properties] of datasets) {
      const workspaceId = name.slice(parent.length + 1);
      const identity = properties.get("medforge:identity") ?? "";
      if (/^wsp_\w+$/.test(workspaceId))
        await context.workspaces.destroy({ installationId, workspaceId, identity });
    }
    await zfs("destroy", parent);
    await rm(scratch, { recursive: true, force: true });
  };
  return { client, context, installationId, scratch, removeSessions, close, dispose };
}

export interface TestKey {
  file: string;
  authorized: string;
}

/** A fresh login key in the agent's scratch folder. */
export async function makeKey(agent: TestAgent): Promise<TestKey> {
  const file = join(agent.scratch, `key-${randomBytes(4).toString("hex")}`);
  await runOk(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  return { file, authorized: (await readFile(`${file}.pub`, "utf8")).trim() };
}

export interface TestSession {
  input: VerbInput<"session.start">;
  hostPublicKey: string;
  key: TestKey;
}

/** Ports are shared with other programs of the host, so each test takes one that nothing uses. */
let nextPort = 10_900;

/** Makes a workspace and the input of a start on it; starts nothing. */
export async function planSession(
  agent: TestAgent,
  gpuIndex: number,
  exposure: Exposure = "external",
): Promise<TestSession> {
  const workspaceId = newPublicId("wsp");
  const ref = { installationId: agent.installationId, workspaceId, datasetGeneration: 1 };
  const { identity, hostPublicKey } = await agent.client.call("workspace.ensure", {
    ...ref,
    quotaGb: 1,
    identity: null,
  });
  const { gpus } = await agent.client.call("inventory", {});
  const key = await makeKey(agent);
  const input = {
    ...ref,
    identity,
    slug: newSlug(),
    generation: 1,
    exposure,
    gpuUuid: gpus[gpuIndex]?.uuid ?? "",
    sshPort: nextPort++,
    pack: "base",
    authorizedKeys: [key.authorized],
    cpus: 1,
    memoryMiB: 512,
  };
  return { input, hostPublicKey, key };
}

const answerMs = 30_000;

/** Waits until sshd has said its first line on the session's port; a worker would have, before anybody is let know. */
export async function untilAnswers({ input }: TestSession): Promise<void> {
  const end = performance.now() + answerMs;
  while (performance.now() < end) {
    const socket = connect({ host: "127.0.0.1", port: input.sshPort });
    const said = await new Promise<string>((resolve) => {
      socket.once("data", (chunk) => resolve(String(chunk)));
      socket.once("close", () => resolve(""));
      // A forward whose session does not listen yet closes at once.
      socket.on("error", () => undefined);
    });
    socket.destroy();
    if (said.startsWith("SSH-2.0-")) return;
  }
  throw new Error(`No sshd answers on port ${input.sshPort} within ${answerMs / 1000} s`);
}

/** ssh as the session's user would run it, through the session's port on the host; null logs in at a terminal. */
export async function sshArgv(
  agent: TestAgent,
  session: TestSession,
  command: string | null,
  host = "127.0.0.1",
  trust = { name: "mf-test", knownHosts: `mf-test ${session.hostPublicKey}\n` },
): Promise<[string, ...string[]]> {
  const knownHosts = join(agent.scratch, `known-${session.input.slug}`);
  await writeFile(knownHosts, trust.knownHosts);
  const options = {
    UserKnownHostsFile: knownHosts,
    HostKeyAlias: trust.name,
    StrictHostKeyChecking: "yes",
    IdentitiesOnly: "yes",
    BatchMode: "yes",
    LogLevel: "ERROR",
    ConnectTimeout: "10",
    ConnectionAttempts: "20",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const port = String(session.input.sshPort);
  const login = ["-i", session.key.file, "-p", port, `mf@${host}`];
  return ["ssh", "-F", "none", ...flags, ...login, ...(command === null ? ["-tt"] : [command])];
}

/** Runs a command in the session. */
export async function ssh(...how: Parameters<typeof sshArgv>): Promise<RunResult> {
  return run(await sshArgv(...how), { timeoutMs: 30_000 });
}

/** Has ZFS count what was written and freed in the dataset by now, which by itself it does every half minute. */
export async function settleSpace(dataset: string): Promise<void> {
  // Both wait until ZFS has written out all that went before.
  const snapshot = `${dataset}@settle`;
  await runOk(["zfs", "snapshot", snapshot]);
  await runOk(["zfs", "destroy", snapshot]);
}

/** Logs in to the session at a terminal and leaves at once. @returns what the terminal showed */
export async function logIn(agent: TestAgent, session: TestSession): Promise<string> {
  const argv = await sshArgv(agent, session, null);
  const { stdout } = await run(argv, { input: "exit\n", timeoutMs: 30_000 });
  return stdout;
}

type Target = readonly [host: string, port: number];
const nameOf = ([host, port]: Target) => `${host}:${port}`;
/** A drop shows only as silence for this long. */
const silenceSeconds = 2;

/** Exit codes of an attempt that was made: it went through, it was refused, it met silence. */
const madeCodes = ["0", "1", "124"];

/**
 * Those of the targets to which a program in the session can open a TCP connection, tried side by side.
 * @throws Error when one could not be tried: that must not pass for "can't".
 */
export async function reachedFrom(
  agent: TestAgent,
  session: TestSession,
  targets: readonly Target[],
  seconds = silenceSeconds,
): Promise<string[]> {
  const attempts = targets.map((target) => {
    const connect = `exec 3<>/dev/tcp/${target.join("/")}`;
    return `{ timeout ${seconds} bash -c '${connect}' 2>/dev/null; echo "${nameOf(target)} $?"; } &`;
  });
  const { stdout, stderr } = await ssh(agent, session, `${attempts.join(" ")} wait`);
  const codes = new Map(
    stdout.split("\n").map((line) => {
      const [name = "", code = ""] = line.split(" ");
      return [name, code] as const;
    }),
  );
  const names = targets.map(nameOf);
  const untried = names.filter((name) => !madeCodes.includes(codes.get(name) ?? ""));
  if (names.length === 0 || untried.length > 0)
    throw new Error(`Not tried from the session: ${untried.join(", ") || "nothing given"}. ${stderr}`);
  return names.filter((name) => codes.get(name) === "0");
}

/** Proves that there is something to reach. @throws Error naming what the host can't open itself. */
export async function expectHostReaches(targets: readonly Target[]): Promise<void> {
  const reached = await Promise.all(targets.map(([host, port]) => hostCanReach(host, port)));
  const missing = targets.filter((_, index) => !reached[index]).map(nameOf);
  if (missing.length > 0) throw new Error(`The host itself can't open ${missing.join(", ")}`);
}

/** For what must succeed, on a busy machine too. */
const patientSeconds = 15;

/** Whether the host itself can open the connection: without that, "the session can't" would prove nothing. */
export async function hostCanReach(host: string, port: number): Promise<boolean> {
  const connect = `exec 3<>/dev/tcp/${host}/${port}`;
  return (await run(["timeout", String(patientSeconds), "bash", "-c", connect])).code === 0;
}

/** The session's address on its bridge. */
export async function addressOf(agent: TestAgent, { input }: TestSession): Promise<string> {
  const { NetworkSettings } = await agent.context.engine.getContainer(`mf-session-${input.slug}`).inspect();
  const { name } = agent.context.guard.networks[input.exposure];
  return NetworkSettings.Networks[name]?.IPAddress ?? "";
}

/** A TCP listener on all addresses of the test world's host; port 0 takes any. */
export async function listenOnHost(wanted: number): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    // A prober that leaves at once resets the connection.
    socket.on("error", () => undefined);
    socket.end("hello\n");
  });
  await new Promise<void>((resolve) => server.listen(wanted, "0.0.0.0", resolve));
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, server };
}
