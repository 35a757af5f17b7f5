import { execFile } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";
import { basicChildEnv, readEnv } from "@/lib/kernel/env";
import { processEnv } from "./exec";
import { checkout } from "./open";

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

it("refuses to change settings under a running installation, and names them", async () => {
  const other = await medforge("up", "--detach", "--yes", "--data", dir, "--port", "9555");
  expect(other.code).toBe(1);
  expect(other.stderr).toContain("other settings than asked for: port in");
  expect(other.stderr).toContain("Cure:");
});

it("works in a data folder that a link leads to", async () => {
  const link = `${dir}-link`;
  symlinkSync(dir, link);
  expect((await medforge("status", "--data", link)).code).toBe(0);
  rmSync(link);
});

it("restarts ZFS in user space while no session uses it", async () => {
  expect((await medforge("restart", "zfs", "--data", dir)).code).toBe(0);
  expect((await medforge("doctor", "--json", "--data", dir)).code).toBe(0);
});

it("names the holder of a taken port, and the cure", async () => {
  const second = await medforge("up", "--detach", "--yes", "--data", `${dir}-second`, "--port", "8443");
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/Port 8443 is taken by caddy \(pid \d+\)/);
  expect(second.stderr).toContain("--port");
});
