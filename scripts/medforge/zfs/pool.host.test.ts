import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";
import { mergeConfig } from "../config";
import type { Context } from "../context";
import { setupEnv } from "../env";
import { run, tryRun } from "../exec";
import { layoutOf } from "../layout";
import type { Part } from "../parts/part";
import { identify } from "../processes";
import { stopInstallation } from "../shutdown";
import { Supervisor } from "../supervisor/supervisor";
import { ensurePool, exportPool, ownPoolName, zfsParentOf } from "./pool";

const { MEDFORGE_TEST_DATA_DIR: dataDir, MEDFORGE_TEST_DOCKER_SOCKET: engine } = readEnv(
  z.object({ MEDFORGE_TEST_DATA_DIR: z.string(), MEDFORGE_TEST_DOCKER_SOCKET: z.string() }),
);

let context: Context;

/** An installation that has nothing but its pool, beside the one that runs. */
beforeEach(() => {
  const layout = layoutOf(mkdtempSync(`${dataDir}-pool-`));
  for (const folder of [layout.pool, layout.pids, layout.log]) mkdirSync(folder, { recursive: true });
  const env = setupEnv();
  const config = { ...mergeConfig(undefined, env, {}), poolSizeGb: 1, dockerHost: engine };
  context = { root: "/", layout, config, env, report: { event: () => undefined } };
});

afterEach(async () => {
  await tryRun(["zpool", "destroy", "-f", ownPoolName(context.config)]);
  rmSync(context.layout.dir, { recursive: true });
});

const stamp = () => join(context.layout.pool, "created");
const marked = () => `${zfsParentOf(context.config)}/thesis`;

async function withWorkspace(): Promise<void> {
  await ensurePool(context);
  await run(["zfs", "create", marked()]);
}

it("imports a pool whose creation was cut off before it was written down", async () => {
  await withWorkspace();
  rmSync(stamp());
  expect(await exportPool(context.config)).toBe(true);
  await ensurePool(context);
  expect(await run(["zfs", "list", "-H", "-o", "name", marked()])).toBe(marked());
  expect(existsSync(stamp())).toBe(true);
});

it("writes down a pool that it finds open", async () => {
  await withWorkspace();
  rmSync(stamp());
  await ensurePool(context);
  expect(existsSync(stamp())).toBe(true);
});

it("leaves a file alone that holds another installation's pool", async () => {
  await withWorkspace();
  rmSync(stamp());
  expect(await exportPool(context.config)).toBe(true);
  const other = { ...context, config: { ...context.config, seed: "ins_aaaaaaaaaaaaaaaa" } };
  await expect(ensurePool(other)).rejects.toThrow(/can't be imported/);
  await ensurePool(context);
  expect((await tryRun(["zfs", "list", marked()])).ok).toBe(true);
});

it("makes a file anew that holds no pool", async () => {
  writeFileSync(context.layout.poolFile, Buffer.alloc(1024 * 1024));
  await ensurePool(context);
  expect((await tryRun(["zfs", "list", zfsParentOf(context.config)])).ok).toBe(true);
});

it("leaves zfs-fuse running that serves another installation's pool, and says so", async () => {
  await ensurePool(context);
  const supervisor = new Supervisor(context);
  // In zfs-fuse's place, which this installation here did not start.
  const served: Part = {
    ...{ name: "zfs", argv: ["sleep", "600"], env: {}, cwd: "/", umask: 0o022 },
    ready: async () => null,
    ...{ readyTimeoutMs: 5_000, stopTimeoutMs: 5_000 },
  };
  await supervisor.start(served);
  const pid = supervisor.status()[0]?.pid ?? 0;
  try {
    const told = await stopInstallation(context, supervisor, () => undefined);
    expect(told).toMatch(/zfs-fuse goes on: it also serves medforge-/);
    expect(identify(pid)).toBeDefined();
    expect((await tryRun(["zpool", "list", ownPoolName(context.config)])).ok).toBe(false);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});
