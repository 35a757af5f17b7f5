import { execFile } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
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

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

const medforge = (...args: string[]): Promise<Answer> => medforgeWith({}, ...args);

/** The same, given settings as an operator gives them. */
async function medforgeWith(settings: Record<string, string>, ...args: string[]): Promise<Answer> {
  const env = processEnv({ ...basicChildEnv(), ...settings, MEDFORGE_CACHE: cache });
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

const second = `${dir}-second`;
/** Set-up of another installation, which something keeps from beginning. */
const upSecond = (settings: Record<string, string>, ...args: string[]) =>
  medforgeWith(settings, "up", "--detach", "--yes", "--data", second, ...args);

it("names the holder of a taken port, whose it is, and the cure, and leaves nothing behind", async () => {
  const refused = await upSecond({}, "--port", "8443");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/Port 8443 is taken by caddy \(pid \d+, of the MedForge in /);
  expect(refused.stderr).toContain(`of the MedForge in ${realpathSync(dir)})`);
  expect(refused.stderr).toContain("--port");
  expect(existsSync(second)).toBe(false);
});

it("puts no other port in the place of a metrics port that was asked for", async () => {
  const refused = await upSecond({ MEDFORGE_METRICS_PORT: "8443" }, "--port", "9555");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/The metrics port 8443 is taken by caddy \(pid \d+/);
  expect(refused.stderr).toContain("MEDFORGE_METRICS_PORT");
  expect(existsSync(second)).toBe(false);
});

it("leaves a folder that was there before, and what is in it", async () => {
  mkdirSync(second);
  const refused = await upSecond({}, "--port", "8443");
  expect(refused.code).toBe(1);
  expect(existsSync(second)).toBe(true);
  rmSync(second, { recursive: true });
});
