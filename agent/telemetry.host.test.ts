import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VerbResult } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { run } from "./run";
import {
  planSession,
  settleSpace,
  ssh,
  startAgent,
  type TestAgent,
  type TestSession,
} from "./testing/host-kit";

const slow = 120_000;
const mib = 1024 ** 2;
type Stats = VerbResult<"sessions.stats">["sessions"][number];

let agent: TestAgent;
let session: TestSession;

beforeAll(async () => {
  agent = await startAgent();
  session = await planSession(agent, 0);
  await agent.client.call("session.start", session.input);
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

async function stats(): Promise<{ monotonicMs: number; own: Stats }> {
  const { installationId } = agent;
  const { monotonicMs, sessions } = await agent.client.call("sessions.stats", { installationId });
  const own = required(
    sessions.find(({ slug }) => slug === session.input.slug),
    "the session's stats",
  );
  return { monotonicMs, own };
}

/** Runs a command in the session and hands back what its counters grew by. */
async function grownBy(command: string): Promise<Stats> {
  const before = (await stats()).own;
  const result = await ssh(agent, session, command);
  expect(result.code, result.stderr).toBe(0);
  const after = (await stats()).own;
  return {
    ...after,
    cpuMicroseconds: after.cpuMicroseconds - before.cpuMicroseconds,
    receivedBytes: after.receivedBytes - before.receivedBytes,
    sentBytes: after.sentBytes - before.sentBytes,
  };
}

describe("what a session uses", () => {
  it("is told for each running session, with its bounds", async () => {
    const { own } = await stats();
    expect(own).toMatchObject({
      generation: session.input.generation,
      memoryLimitBytes: session.input.memoryMiB * mib,
      disk: { quotaBytes: 1024 ** 3 },
    });
    expect(own.pids).toBeGreaterThan(1);
    expect(own.memoryBytes).toBeGreaterThan(mib);
    expect(own.logMark).not.toBeNull();
  });

  it("takes far less time than docker stats, which waits a second", async () => {
    const started = performance.now();
    for (let n = 0; n < 5; n++) await stats();
    expect(performance.now() - started).toBeLessThan(5 * 900);
  });

  it("shows CPU time that a program burns", { timeout: slow }, async () => {
    const burn =
      "python3 -c 'import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass'";
    const { cpuMicroseconds } = await grownBy(burn);
    expect(cpuMicroseconds).toBeGreaterThanOrEqual(1_500_000);
    expect(cpuMicroseconds).toBeLessThan(4_000_000);
  });

  it("shows memory while it is held, and lets it go", { timeout: slow }, async () => {
    const before = (await stats()).own.memoryBytes;
    await ssh(
      agent,
      session,
      'nohup python3 -c \'x = bytearray(150_000_000); open("/tmp/held", "w"); import time; time.sleep(60)\' >/dev/null 2>&1 & until [ -e /tmp/held ]; do :; done',
    );
    const held = (await stats()).own.memoryBytes;
    expect(held - before).toBeGreaterThan(140_000_000);
    // The brackets keep the pattern from matching the shell that it stands in.
    await ssh(agent, session, "pkill -f bytearra[y]");
    await expect
      .poll(async () => (await stats()).own.memoryBytes, { timeout: slow })
      .toBeLessThan(held - 100_000_000);
  });

  it("shows what is written to the workspace", { timeout: slow }, async () => {
    const before = required((await stats()).own.disk, "disk").usedBytes;
    await ssh(agent, session, "head -c 20000000 /dev/urandom > /workspace/blob && sync");
    await settleSpace(
      agent.context.workspaces.dataset(session.input.workspaceId, session.input.datasetGeneration),
    );
    expect(required((await stats()).own.disk, "disk").usedBytes - before).toBeGreaterThan(19_000_000);
  });

  it("shows what comes in and goes out by its network", { timeout: slow }, async () => {
    const out = await grownBy("head -c 3000000 /dev/zero");
    expect(out.sentBytes).toBeGreaterThan(3_000_000);
    expect(out.sentBytes).toBeLessThan(4_000_000);
    expect(out.receivedBytes).toBeLessThan(1_000_000);
  });

  it("counts on when the agent is restarted, on the host's own clock", { timeout: slow }, async () => {
    const before = await stats();
    await agent.close();
    agent = await startAgent(agent);
    const after = await stats();
    expect(after.own.cpuMicroseconds).toBeGreaterThanOrEqual(before.own.cpuMicroseconds);
    expect(after.monotonicMs).toBeGreaterThan(before.monotonicMs);
  });
});

describe("its log", () => {
  const read = (maxLines: number) =>
    agent.client.call("session.logs", {
      installationId: agent.installationId,
      slug: session.input.slug,
      maxLines,
    });

  it("tells logins, newest last, and its mark moves with it", { timeout: slow }, async () => {
    const before = (await stats()).own.logMark;
    await ssh(agent, session, "true");
    await expect.poll(async () => (await stats()).own.logMark).not.toBe(before);
    const { text } = await read(200);
    expect(text).toMatch(/Accepted publickey for mf/);
    expect((await read(2)).text?.split("\n")).toHaveLength(2);
  });

  it("has nothing that acts on a terminal, whatever a stranger calls himself", {
    timeout: slow,
  }, async () => {
    const port = String(session.input.sshPort);
    const stranger = "\u001b[2Jro\u202eot";
    const options = [
      "-o",
      "BatchMode=yes",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
    ];
    await run(["ssh", "-F", "none", ...options, "-p", port, "-l", stranger, "127.0.0.1", "true"]);
    await expect.poll(async () => (await read(200)).text).toMatch(/Invalid user .*2Jro/);
    expect((await read(200)).text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
  });

  it("is null for a session that has no container", async () => {
    const answer = await agent.client.call("session.logs", {
      installationId: agent.installationId,
      slug: "aaaaaaaa",
      maxLines: 10,
    });
    expect(answer).toEqual({ text: null });
  });
});

describe("programs on its GPU", () => {
  const list = async () =>
    (await agent.client.call("gpu.processes", { installationId: agent.installationId })).processes;

  it("are the session's by their control group, with the number they have inside; others are nobody's", {
    timeout: slow,
  }, async () => {
    const { gpuUuid, slug } = session.input;
    const inside = await ssh(
      agent,
      session,
      "cp /bin/sleep /workspace/gpu-stand-in && { nohup /workspace/gpu-stand-in 100 >/dev/null 2>&1 & echo $!; }",
    );
    const pid = Number(inside.stdout.trim());
    const program = join(agent.scratch, "gpu-stand-in");
    await copyFile("/bin/sleep", program);
    await chmod(program, 0o755);
    const foreign = spawn("env", [`NVIDIA_VISIBLE_DEVICES=${gpuUuid}`, program, "100"], { stdio: "ignore" });
    await once(foreign, "spawn");
    try {
      await expect
        .poll(async () =>
          (await list())
            .map(({ name, pid: _, ...rest }) => rest)
            .sort((a, b) => (a.slug ? -1 : b.slug ? 1 : 0)),
        )
        .toEqual([
          { gpuUuid, innerPid: pid, memoryMiB: null, slug },
          { gpuUuid, innerPid: null, memoryMiB: null, slug: null },
        ]);
    } finally {
      foreign.kill("SIGKILL");
    }
    await ssh(agent, session, "pkill gpu-stand-in");
    await expect.poll(list).toEqual([]);
  });
});

it("tells its own figures: each verb's time, by how it ended", async () => {
  await expect(
    agent.client.call("session.start", { ...session.input, generation: 1, slug: "bbbbbbbb" }),
  ).rejects.toMatchObject({ code: "gpu_busy" });
  const { contentType, text } = await agent.client.call("metrics", {});
  expect(contentType).toContain("text/plain");
  expect(text).toMatch(/medforge_agent_verb_seconds_count\{verb="sessions\.stats",outcome="ok"\} \d+/);
  expect(text).toMatch(/medforge_agent_verb_seconds_count\{verb="session\.start",outcome="gpu_busy"\} 1/);
  expect(text).toContain('medforge_host_problems{blocking="yes"} 0');
  for (const name of [session.input.slug, session.input.workspaceId, "bbbbbbbb"])
    expect(text).not.toContain(name);
});
