import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { required } from "@/lib/kernel/assert";
import { mergeConfig } from "../config";
import { setupEnv } from "../env";
import { layoutOf } from "../layout";
import type { Part } from "../parts/part";
import { identify, isAlive } from "../processes";
import { waitFor } from "../wait";
import { Supervisor } from "./supervisor";

let dir: string;
let supervisor: Supervisor;
/** Why the part can't be started, while it can't. */
let obstacle: string | null;

const part: Part = {
  name: "web",
  argv: ["sleep", "600"],
  env: {},
  cwd: "/",
  umask: 0o022,
  prepare: async () => {
    if (obstacle !== null) throw new Error(obstacle);
  },
  ready: async () => null,
  readyTimeoutMs: 5_000,
  stopTimeoutMs: 5_000,
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "medforge-supervisor-"));
  const layout = layoutOf(dir);
  for (const folder of [layout.log, layout.pids]) mkdirSync(folder, { recursive: true });
  const env = setupEnv();
  const config = mergeConfig(undefined, env, {});
  supervisor = new Supervisor({ root: "/", layout, config, env, report: { event: () => undefined } });
  obstacle = null;
});

afterEach(async () => {
  await supervisor.stop(part.name);
  rmSync(dir, { recursive: true });
});

const look = () => supervisor.status().find(({ name }) => name === part.name);

function untilReady(): Promise<void> {
  return waitFor("the part", 10_000, async () => (look()?.state === "ready" ? null : JSON.stringify(look())));
}

it("starts a part again whose restart failed", async () => {
  await supervisor.start(part);
  obstacle = "its port is taken";
  await expect(supervisor.restart(part.name)).rejects.toThrow("its port is taken");
  obstacle = null;
  await untilReady();
  expect(look()?.restarts).toBe(1);
});

it("starts a part again that was killed", async () => {
  await supervisor.start(part);
  const killed = look()?.pid ?? 0;
  process.kill(killed, "SIGKILL");
  await waitFor("the restart", 10_000, async () => (look()?.restarts === 1 ? null : "not yet"));
  await untilReady();
  expect(look()?.pid).not.toBe(killed);
});

it("does one restart after another, so that one process is left", async () => {
  await supervisor.start(part);
  const before = required(identify(look()?.pid ?? 0), "the first process");
  await Promise.all([supervisor.restart(part.name), supervisor.restart(part.name)]);
  expect(look()?.state).toBe("ready");
  expect(look()?.pid).not.toBe(before.pid);
  expect(isAlive(before)).toBe(false);
});
