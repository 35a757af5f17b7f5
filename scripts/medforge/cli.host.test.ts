import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";
import { basicChildEnv, readEnv } from "@/lib/kernel/env";
import { processEnv } from "./exec";
import { checkout } from "./open";
import { partNames } from "./parts/part";

const { MEDFORGE_TEST_DATA_DIR: dir, MEDFORGE_CACHE: cache } = readEnv(
  z.object({ MEDFORGE_TEST_DATA_DIR: z.string(), MEDFORGE_CACHE: z.string() }),
);

const execute = promisify(execFile);
const failure = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

async function medforge(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = processEnv({ ...basicChildEnv(), MEDFORGE_CACHE: cache });
  try {
    return { code: 0, ...(await execute(join(checkout, "medforge"), args, { env })) };
  } catch (error) {
    return failure.parse(error);
  }
}

async function pids(): Promise<Map<string, number>> {
  const { stdout } = await medforge("status", "--data", dir);
  const lines = stdout.matchAll(/^\s+(\w+)\s+ready\s+pid (\d+)/gm);
  return new Map([...lines].map(([, name, pid]) => [name ?? "", Number(pid)]));
}

async function supervisorPid(): Promise<number> {
  return Number(/\(pid (\d+)/.exec((await medforge("status", "--data", dir)).stdout)?.[1]);
}

it("finds nothing wrong with a running installation", async () => {
  const { code, stdout } = await medforge("doctor", "--json", "--data", dir);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(code).toBe(0);
});

it("says that it runs already, and refuses to change the port under it", async () => {
  expect((await medforge("up", "--detach", "--yes", "--data", dir)).stdout).toContain("runs already");
  const other = await medforge("up", "--detach", "--yes", "--data", dir, "--port", "9555");
  expect(other.code).toBe(1);
  expect(other.stderr).toContain("Cure:");
});

it("takes over every part of a killed supervisor without restarting one", async () => {
  const before = await pids();
  expect([...before.keys()].sort()).toEqual([...partNames].sort());
  process.kill(await supervisorPid(), "SIGKILL");
  const dead = await medforge("status", "--data", dir);
  expect(dead.code).toBe(1);
  expect(dead.stdout).toContain("Still running without it: mariadb");
  expect((await medforge("up", "--detach", "--yes", "--data", dir)).code).toBe(0);
  expect(await pids()).toEqual(before);
});

it("names the holder of a taken port, and the cure", async () => {
  const second = await medforge("up", "--detach", "--yes", "--data", `${dir}-second`, "--port", "8443");
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/Port 8443 is taken by caddy \(pid \d+\)/);
  expect(second.stderr).toContain("--port");
});
