import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { change, closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { containerName, docker, processes } from "../support/host";
import { inState, launch, snapshots, stepMs, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { outcome, output } from "../support/run";
import { sshArgv } from "../support/ssh";
import { despiteFaults, expectData, inLongForm, intact, quietLab, trial, writeData } from "../support/trial";
import { dockerd, kill, succeeded } from "../support/victims";

let ana: Person;
const workspaceName = "checkpoints";

beforeAll(async () => {
  ana = await newPerson("ana");
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

inLongForm("the Docker engine is killed: a live login goes on, and the session with it", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  const where = { fault: "SIGKILL of the Docker engine", phase: "run: an open login" };
  await trial(ana, where, async (clock) => {
    const echo = liveEcho(session);
    expect(await echo.say("before")).toBe("before");
    clock.strike();
    const engine = kill(dockerd);
    expect(await echo.say("while the engine is down")).toBe("while the engine is down");
    await succeeded(dockerd, engine);
    expect(await echo.say("after")).toBe("after");
    echo.end();
    const after = await intact(ana, session.slug);
    expect(after.ssh.port).toBe(session.ssh.port);
    return { state: "the login lives on, RUNNING, data intact", session: after };
  });
  await stop(ana.api, session.slug);
});

/** Of a Docker package on the host, as an upgrade restarts it. @returns what ends it and removes what it left */
async function startAnotherEngine(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "another-engine-"));
  const at = (name: string) => join(dir, name);
  writeFileSync(at("config"), "{}");
  const log = openSync(at("log"), "w");
  const engine = spawn(
    "dockerd",
    [
      ...[`--data-root=${at("data")}`, `--exec-root=${at("exec")}`, `--pidfile=${at("pid")}`],
      ...[
        `--host=unix://${at("socket")}`,
        "--storage-driver=vfs",
        "--bridge=none",
        `--config-file=${at("config")}`,
      ],
    ],
    { stdio: ["ignore", log, log] },
  );
  const ended = once(engine, "exit");
  await eventually(
    "another engine answers",
    stepMs,
    async () => {
      const { code } = await outcome(["docker", "--host", `unix://${at("socket")}`, "version"]);
      return code === 0 ? true : undefined;
    },
    () => readFileSync(at("log"), "utf8").slice(-2000),
  );
  return async () => {
    engine.kill();
    await ended;
    rmSync(dir, { recursive: true });
  };
}

inLongForm("another engine that starts on the host empties Docker's firewall chains", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  const forwards = async () =>
    (await output(["iptables", "-t", "nat", "-S", "DOCKER"])).includes(`--dport ${session.ssh.port} `);
  await trial(ana, { fault: "another Docker engine starts on the host", phase: "run" }, async (clock) => {
    expect(await forwards()).toBe(true);
    clock.strike();
    const endAnotherEngine = await startAnotherEngine();
    expect(await forwards()).toBe(false);
    const after = await intact(ana, session.slug);
    await endAnotherEngine();
    expect(after.ssh.port).toBe(session.ssh.port);
    return { state: "RUNNING throughout, reached again on the same port, data intact", session: after };
  });
  await stop(ana.api, session.slug);
});

inLongForm("the Docker engine holds a port for a container that is not there", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  const rules = () => output(["iptables", "-t", "nat", "-S", "DOCKER"]);
  const freePort = "10999";
  const own = (await rules()).split("\n").find((rule) => rule.includes(`--dport ${session.ssh.port} `));
  const [, , ...rule] = (own ?? "")
    .replace(`--dport ${session.ssh.port} `, `--dport ${freePort} `)
    .split(" ");
  await trial(ana, { fault: "Docker holds a port for no container", phase: "run" }, async (clock) => {
    clock.strike();
    await output(["iptables", "-w", "10", "-t", "nat", "-A", "DOCKER", ...rule]);
    expect(await rules()).toContain(`--dport ${freePort} `);
    const log = join(testEnv().MEDFORGE_TEST_DATA_DIR, "log/agent.log");
    await despiteFaults("the agent says why it restarts the engine", async () =>
      readFileSync(log, "utf8").includes(`Docker holds port ${freePort} for no session`) ? true : undefined,
    );
    await despiteFaults("the port is free again", async () =>
      (await rules()).includes(`--dport ${freePort} `) ? undefined : true,
    );
    const after = await intact(ana, session.slug);
    expect(after.ssh.port).toBe(session.ssh.port);
    return { state: "port free again, RUNNING throughout, data intact", session: after };
  });
  await stop(ana.api, session.slug);
});

test("containers that die with their engine come back on the same GPU, port and workspace", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  const where = { fault: "SIGKILL of engine, containerd, shims and containers at once", phase: "run" };
  await trial(ana, where, async (clock) => {
    const inside = Number(await docker("inspect", "--format", "{{.State.Pid}}", containerName(session.slug)));
    clock.strike();
    await succeeded(dockerd, killWithContainers(inside));
    await eventually("the timeline tells of the restart", stepMs, async () => {
      const kinds = (await timeline(ana.api, session.slug)).map((event) => event.kind);
      return kinds.includes("restarting") ? true : undefined;
    });
    const back = await intact(ana, session.slug);
    expect([back.gpu.id, back.ssh.port, back.workspace.id]).toEqual([
      session.gpu.id,
      session.ssh.port,
      session.workspace.id,
    ]);
    return { state: "RUNNING, same GPU and port, data intact", session: back };
  });
  await stop(ana.api, session.slug);
});

test("a container that exits under a live engine ends its session with a reason and keeps the data", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  await trial(ana, { fault: "SIGKILL of a session's container", phase: "run" }, async (clock) => {
    clock.strike();
    await docker("kill", containerName(session.slug));
    const ended = await inState(ana.api, session.slug, ["STOPPED", "ERROR"]);
    expect(ended).toMatchObject({ state: "ERROR", stopReason: "exited" });
    expect(ended.error).toMatch(/exit/);
    await expectNoLeaks();
    const again = await launch(ana, { workspaceName });
    await expectData(ana, again);
    return { state: "ERROR with a reason; launched again, data intact", session: again };
  });
});

inLongForm(
  "a container of this installation that no session knows is snapshotted and removed; a stranger's is left",
  async () => {
    const session = await launch(ana, { workspaceName });
    await writeData(ana, session);
    const before = await snapshots(ana.api, session.workspace.id);
    const stranger = await runStranger(session.slug);
    await trial(ana, { fault: "database put back from before the launch", phase: "run" }, async (clock) => {
      clock.strike();
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
      const again = await launch(ana, { workspaceName });
      await expectData(ana, again);
      return { state: "container snapshotted and removed, data intact", session: again };
    });
  },
);

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

/** What dies with an engine that takes its containers along. @returns the engine's process */
function killWithContainers(inside: number): number {
  const engine = kill(dockerd);
  const rest = processes().filter(({ argv }) =>
    /\/(containerd|containerd-shim\S*)$|^containerd/.test(argv[0] ?? ""),
  );
  for (const { pid } of [...rest, { pid: inside }]) process.kill(pid, "SIGKILL");
  return engine;
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
