import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { basicChildEnv } from "@/lib/kernel/env";
import { kill, processesOfUser } from "../proc";
import { run } from "../run";
import {
  listenOnHost,
  planSession,
  ssh,
  sshArgv,
  startAgent,
  type TestAgent,
  type TestSession,
  untilAnswers,
} from "../testing/host-kit";
import { identify, processesOf } from "./process";

const slow = 120_000;
let agent: TestAgent;

beforeAll(async () => {
  agent = await startAgent();
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not in time: ${what}`);
    await pause(20);
  }
}

const recordFile = ({ input }: TestSession) => join(agent.context.forwards.dir, `${input.slug}.json`);

async function forwardPid(session: TestSession): Promise<number> {
  const record: unknown = JSON.parse(await readFile(recordFile(session), "utf8"));
  const pid = (record as { process: { pid: number } | null }).process?.pid;
  if (pid === undefined) throw new Error("the forward has no process");
  return pid;
}

const stop = (session: TestSession, generation = 1) =>
  agent.client.call("session.stop", {
    installationId: session.input.installationId,
    slug: session.input.slug,
    generation,
    snapshotId: null,
    workspace: null,
    graceSeconds: 1,
  });

/** The real program, so that it can be killed. Resolves when it answers. */
async function startProgram(): Promise<ChildProcess> {
  const loader = new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  const root = new URL("../..", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", loader, join(root, "agent/main.ts")], {
    env: {
      ...basicChildEnv(),
      NODE_ENV: "test",
      TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
      ...agent.context.env,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until("the agent answers", async () => {
    if (child.exitCode !== null) throw new Error(`The agent ended with ${child.exitCode}`);
    return agent.client.call("health", {}).then(
      () => true,
      () => false,
    );
  });
  return child;
}

/** What the forwards' user runs for this session; also what serves single connections. */
async function processesFor(session: TestSession): Promise<number> {
  const all = await run(["pgrep", "-f", `TCP4-LISTEN:${session.input.sshPort},`]);
  return all.stdout.split("\n").filter((line) => line !== "").length;
}

it("outlives an agent that is killed, with its connections, and is the next one's", {
  timeout: slow,
}, async () => {
  await agent.close();
  const first = await startProgram();
  const session = await planSession(agent, 0, "internal");
  await agent.client.call("session.start", session.input);
  const pid = await forwardPid(session);
  await untilAnswers(session);
  const [program, ...args] = await sshArgv(agent, session, "echo up; sleep 600");
  const open = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(open.stdout, "data");

  first.kill("SIGKILL");
  await once(first, "exit");
  expect((await ssh(agent, session, "echo here")).stdout).toBe("here\n");
  expect(open.exitCode).toBeNull();

  const second = await startProgram();
  expect(await forwardPid(session)).toBe(pid);
  expect((await ssh(agent, session, "echo here")).stdout).toBe("here\n");

  process.kill(pid, "SIGKILL");
  await until("another forward listens", async () => (await forwardPid(session).catch(() => pid)) !== pid);
  expect((await ssh(agent, session, "echo again")).stdout).toBe("again\n");
  expect(open.exitCode).toBeNull();

  const closed = once(open, "exit");
  await stop(session);
  await closed;
  expect(await processesFor(session)).toBe(0);
  expect(existsSync(recordFile(session))).toBe(false);
  await agent.context.forwards.refuseBusy(session.input.sshPort);
  second.kill("SIGTERM");
  await once(second, "exit");
  agent = await startAgent({ scratch: agent.scratch, installationId: agent.installationId });
});

it("runs as its own user, without rights, and ends with a container that ended by itself", {
  timeout: slow,
}, async () => {
  const session = await planSession(agent, 0, "internal");
  await agent.client.call("session.start", session.input);
  const status = await readFile(`/proc/${await forwardPid(session)}/status`, "utf8");
  const { uid } = agent.context.forwards.account;
  expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, "m"));
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"])
    expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, "m"));
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Groups:\s*$/m);

  await agent.context.engine.getContainer(`mf-session-${session.input.slug}`).kill();
  await agent.context.keeper.compare();
  expect(await processesFor(session)).toBe(0);
  await stop(session);
});

it("is started anew for a container of a later claim, and not for the same one twice", {
  timeout: slow,
}, async () => {
  const session = await planSession(agent, 0, "internal");
  await agent.client.call("session.start", session.input);
  const pid = await forwardPid(session);
  await agent.client.call("session.start", session.input);
  expect(await forwardPid(session)).toBe(pid);
  const later = { ...session, input: { ...session.input, generation: 2 } };
  await agent.client.call("session.start", later.input);
  expect(await forwardPid(session)).not.toBe(pid);
  await untilAnswers(later);
  expect((await ssh(agent, later, "echo second")).stdout).toBe("second\n");
  await stop(session, 2);
});

it("says which port is busy, and leaves nothing of the start", { timeout: slow }, async () => {
  const session = await planSession(agent, 0, "internal");
  const { server } = await listenOnHost(session.input.sshPort);
  await expect(agent.client.call("session.start", session.input)).rejects.toMatchObject({
    code: "port_busy",
  });
  const { sessions } = await agent.client.call("session.list", { installationId: agent.installationId });
  expect(sessions).toEqual([]);
  expect(await agent.context.forwards.slugs()).toEqual([]);
  server.close();
});

it("is not taken for a later process that has its number", { timeout: slow }, async () => {
  const session = await planSession(agent, 0, "internal");
  const bystander = spawn("sleep", ["600"]);
  const identity = await identify(bystander.pid ?? 0);
  const stale = { ...identity, startTicks: (identity?.startTicks ?? 0) - 1 };
  const record = { port: session.input.sshPort, address: "172.30.1.9", process: stale };
  await writeFile(recordFile(session), JSON.stringify(record));
  await agent.context.keeper.compare();
  expect(existsSync(recordFile(session))).toBe(false);
  expect(bystander.exitCode).toBeNull();
  expect(await identify(bystander.pid ?? 0)).toEqual(identity);
  bystander.kill();
});

it("that was started by an agent killed before it could note the process is found by its command", {
  timeout: slow,
}, async () => {
  const session = await planSession(agent, 0, "internal");
  await agent.client.call("session.start", session.input);
  await untilAnswers(session);
  const pid = await forwardPid(session);
  const record = JSON.parse(await readFile(recordFile(session), "utf8"));
  await writeFile(recordFile(session), JSON.stringify({ ...record, process: null }));
  await agent.context.keeper.compare();
  expect(await identify(pid)).toBeUndefined();
  expect(await processesFor(session)).toBe(1);
  expect((await ssh(agent, session, "echo here")).stdout).toBe("here\n");
  await stop(session);
  expect(await processesOfUser(agent.context.forwards.account.uid)).toEqual([]);
});

it("whose record a power cut left in pieces is made anew, and its session can be stopped", {
  timeout: slow,
}, async () => {
  const session = await planSession(agent, 0, "internal");
  await agent.client.call("session.start", session.input);
  await untilAnswers(session);
  process.kill(await forwardPid(session), "SIGKILL");
  await writeFile(recordFile(session), "");
  await agent.context.keeper.compare();
  expect((await ssh(agent, session, "echo here")).stdout).toBe("here\n");
  await writeFile(recordFile(session), '{"port":');
  // The login's own process may end by itself meanwhile.
  for (const pid of await processesOfUser(agent.context.forwards.account.uid)) kill(pid);
  await stop(session);
});

it("is told apart without reading what others' processes are called", { timeout: slow }, async () => {
  // A crowd whose command lines make 600 MB, in memory that they share.
  const script = "for (1..300) { fork or do { sleep 60; exit } } print qq(ready\\n); $| = 1; sleep 60";
  const words = Array.from({ length: 16 }, () => "x".repeat(120_000));
  const crowd = spawn("perl", ["-e", `$| = 1; ${script}`, ...words], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(crowd.stdout, "data");
    const before = process.memoryUsage().rss;
    const { account } = agent.context.forwards;
    expect(await processesOf(account.uid, ["socat"])).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
  } finally {
    if (crowd.pid !== undefined) process.kill(-crowd.pid, "SIGKILL");
  }
});
