import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { change, closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { containerName, docker, killPart, pidOf, processes, revive } from "../support/host";
import {
  endAllSessions,
  inState,
  launch,
  session as look,
  requestLaunch,
  running,
  snapshots,
  stepMs,
  stop,
  timeline,
} from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { describeMoment, type Moment, reached } from "../support/moments";
import { newPerson, type Person } from "../support/people";
import { ssh, sshArgv } from "../support/ssh";

const timelineSays = (event: Extract<Moment, { kind: "timeline" }>["event"]): Moment => ({
  kind: "timeline",
  event,
});
const container = (action: Extract<Moment, { kind: "container" }>["action"]): Moment => ({
  kind: "container",
  action,
});

interface Crash {
  part: "worker" | "agent";
  start: Moment;
  stop: Moment;
}

/** Each step of a start and of a stop is met by a kill of each process that drives it. */
const crashes: Crash[] = (["worker", "agent"] as const).flatMap((part) => [
  { part, start: timelineSays("requested"), stop: timelineSays("stop_requested") },
  { part, start: timelineSays("workspace_ready"), stop: container("die") },
  { part, start: container("create"), stop: container("destroy") },
  { part, start: container("start"), stop: container("kill") },
  { part, start: timelineSays("container_started"), stop: timelineSays("snapshot_taken") },
]);

let ana: Person;
const workspaceName = "checkpoints";

beforeAll(async () => {
  ana = await newPerson("ana");
});

beforeEach(async () => {
  await hostReachable();
  await endAllSessions();
});

afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** A dead worker's claims run out by the clock; here the time passes at once. */
async function passLeases(): Promise<void> {
  for (const table of ["sessions", "operations"]) {
    await change(
      `UPDATE ${table} SET claim_expires_at = UTC_TIMESTAMP(3) WHERE claim_expires_at > UTC_TIMESTAMP(3)`,
    );
  }
}

/** A host that was silent takes launches again once the worker has heard of it. */
async function hostReachable(): Promise<void> {
  await eventually("the host is reachable", stepMs, async () => {
    const [node] = await rows("SELECT unreachable_since FROM nodes");
    return node?.unreachable_since === null ? true : undefined;
  });
}

async function crash(part: Crash["part"]): Promise<void> {
  killPart(part);
  if (part === "worker") await passLeases();
  await revive(part);
}

/** Writes a megabyte that nobody can guess and remembers its digest beside it, both safely on disk. */
async function writeData(on: SessionView): Promise<void> {
  const write = "head -c 1000000 /dev/urandom > data.bin && sha256sum data.bin > data.sum && sync";
  await ssh(ana, on, `cd /workspace && ${write}`);
}

async function expectData(on: SessionView): Promise<void> {
  expect(await ssh(ana, on, "cd /workspace && sha256sum -c data.sum")).toBe("data.bin: OK\n");
}

describe("a process is killed at each step", () => {
  let written = false;

  test.each(crashes.map((c) => [c.part, describeMoment(c.start), describeMoment(c.stop), c] as const))(
    "%s at start when %s, and at stop when %s",
    async (part, _start, _stop, at) => {
      const launchedAt = new Date();
      const { slug } = await requestLaunch(ana.api, { workspaceName });
      await reached(slug, at.start, launchedAt);
      await crash(part);
      const session = await running(ana.api, slug);
      expect((await ssh(ana, session, "nvidia-smi --query-gpu=uuid --format=csv,noheader")).trim()).toBe(
        session.gpu.uuid,
      );
      if (written) await expectData(session);
      await writeData(session);
      written = true;
      await expectNoLeaks();

      const before = await snapshots(ana.api, session.workspace.id);
      const stoppedAt = new Date();
      await ana.api.call(z.unknown(), "POST", `external/sessions/${slug}/stop`);
      await reached(slug, at.stop, stoppedAt);
      await crash(part);
      const ended = await inState(ana.api, slug, ["STOPPED", "ERROR"]);
      expect(ended).toMatchObject({ state: "STOPPED", stopReason: "user", error: null });
      expect(await snapshots(ana.api, session.workspace.id)).toHaveLength(before.length + 1);
      await expectNoLeaks();
    },
  );
});

describe("the Docker engine is killed", () => {
  test("a live login goes on, and the session with it", async () => {
    const session = await launch(ana, { workspaceName });
    await expectData(session);
    const echo = liveEcho(session);
    expect(await echo.say("before")).toBe("before");
    const engine = pidOf("docker");
    killPart("docker");
    expect(await echo.say("while the engine is down")).toBe("while the engine is down");
    await revive("docker");
    expect(pidOf("docker")).not.toBe(engine);
    expect(await echo.say("after")).toBe("after");
    echo.end();
    expect((await running(ana.api, session.slug)).ssh.port).toBe(session.ssh.port);
    await expectData(session);
    await stop(ana.api, session.slug);
    await expectNoLeaks();
  });

  test("containers that died with it come back on the same GPU, port and workspace", async () => {
    const session = await launch(ana, { workspaceName });
    await writeData(session);
    const inside = Number(await docker("inspect", "--format", "{{.State.Pid}}", containerName(session.slug)));
    killHostPrograms(inside);
    await revive("docker");
    await eventually("the timeline tells of the restart", stepMs, async () => {
      const kinds = (await timeline(ana.api, session.slug)).map((event) => event.kind);
      return kinds.includes("restarting") ? true : undefined;
    });
    const back = await running(ana.api, session.slug);
    expect([back.gpu.id, back.ssh.port, back.workspace.id]).toEqual([
      session.gpu.id,
      session.ssh.port,
      session.workspace.id,
    ]);
    await expectData(back);
    await stop(ana.api, session.slug);
    await expectNoLeaks();
  });
});

test("a container that exits under a live engine ends its session with a reason and keeps the data", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(session);
  await docker("kill", containerName(session.slug));
  const ended = await inState(ana.api, session.slug, ["STOPPED", "ERROR"]);
  expect(ended).toMatchObject({ state: "ERROR", stopReason: "exited" });
  expect(ended.error).toMatch(/exit/);
  await expectNoLeaks();
  const again = await launch(ana, { workspaceName });
  await expectData(again);
  await stop(ana.api, again.slug);
});

test("an agent that does not answer changes nothing but what the session says of itself", async () => {
  const session = await launch(ana, { workspaceName });
  const agent = pidOf("agent");
  if (agent === undefined) throw new Error("the agent is not running");
  process.kill(agent, "SIGSTOP");
  try {
    await eventually("the host counts as unreachable", stepMs, async () => {
      const [node] = await rows("SELECT unreachable_since FROM nodes");
      return node?.unreachable_since ? true : undefined;
    });
    expect(await inState(ana.api, session.slug, ["RUNNING"])).toMatchObject({ state: "RUNNING" });
    await expectData(session);
  } finally {
    process.kill(agent, "SIGCONT");
  }
  await hostReachable();
  await eventually("the session is told well again", stepMs, async () =>
    (await look(ana.api, session.slug)).condition === null ? true : undefined,
  );
  await stop(ana.api, session.slug);
});

test("a container of this installation that no session knows is snapshotted and removed; a stranger's is left", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(session);
  const before = await snapshots(ana.api, session.workspace.id);
  const stranger = await runStranger(session.slug);
  // As if the database had been restored from a backup of before the launch.
  await change("DELETE e FROM session_events e JOIN sessions s ON s.id = e.session_id WHERE s.slug = ?", [
    session.slug,
  ]);
  await change("DELETE FROM sessions WHERE slug = ?", [session.slug]);
  await eventually("the orphan is removed", stepMs, async () => {
    const names = await docker("ps", "--all", "--format", "{{.Names}}");
    return names.includes(containerName(session.slug)) ? undefined : true;
  });
  await eventually("its last state is among the snapshots", stepMs, async () => {
    const now = await snapshots(ana.api, session.workspace.id);
    return now.length > before.length ? true : undefined;
  });
  expect(await docker("inspect", "--format", "{{.State.Running}}", stranger)).toBe("true\n");
  await docker("rm", "--force", stranger);
  await expectNoLeaks();
  const again = await launch(ana, { workspaceName });
  await expectData(again);
  await stop(ana.api, again.slug);
});

/** A container that looks like a session of ours but carries another installation's label. */
async function runStranger(like: string): Promise<string> {
  const image = (await docker("inspect", "--format", "{{.Config.Image}}", containerName(like))).trim();
  const name = containerName("stranger");
  const label = "medforge.installation=ins_aaaaaaaaaaaaaaaa";
  await docker(
    "run",
    "--detach",
    "--network=none",
    `--name=${name}`,
    `--label=${label}`,
    "--entrypoint=sleep",
    image,
    "600",
  );
  return name;
}

/** What a power cut takes with it: the engine, its containerd and shims, and the session's own processes. */
function killHostPrograms(inside: number): void {
  killPart("docker");
  const ours = processes().filter(({ argv }) =>
    /\/(containerd|containerd-shim\S*)$|^containerd/.test(argv[0] ?? ""),
  );
  for (const { pid } of [...ours, { pid: inside }]) process.kill(pid, "SIGKILL");
}

/** A login that stays open and repeats each line it is given. */
function liveEcho(on: SessionView) {
  const [program = "", ...args] = sshArgv(ana, on);
  const child = spawn(program, [...args, "cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  return {
    say: (line: string) =>
      new Promise<string>((resolve, reject) => {
        lines.once("line", resolve);
        child.once("exit", () => reject(new Error("the login ended")));
        child.stdin.write(`${line}\n`);
      }),
    end: () => child.stdin.end(),
  };
}
