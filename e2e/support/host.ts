import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { testEnv } from "./env";
import { output, type RunOptions } from "./run";

/** What the supervisor calls the installation's programs. */
export type Part = "mariadb" | "zfs" | "docker" | "agent" | "scorer" | "worker" | "web" | "caddy";

const pidRecord = z.object({ identity: z.object({ pid: z.number().int() }) });

/** The part's process as the supervisor recorded it; undefined while it is down. */
export function pidOf(part: Part): number | undefined {
  const file = join(testEnv().MEDFORGE_TEST_DATA_DIR, "run/pids", `${part}.json`);
  if (!existsSync(file)) return undefined;
  const { pid } = pidRecord.parse(JSON.parse(readFileSync(file, "utf8"))).identity;
  return existsSync(`/proc/${pid}`) ? pid : undefined;
}

export const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** What a part's process holds of the memory at this moment, in bytes. @throws Error when it is down */
export function residentBytes(part: Part): number {
  const status = readFileSync(`/proc/${pidOf(part)}/status`, "utf8");
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kb === undefined) throw new Error(`Nothing is said of what ${part} holds.`);
  return Number(kb) * 1024;
}

/** The product's own command against the installation, past the launcher that would look after npm packages first. */
export function medforge(...args: string[]): Promise<string> {
  return medforgeWith({}, ...args);
}

/** The same, given settings as an operator gives them. */
export function medforgeWith(settings: Record<string, string>, ...args: string[]): Promise<string> {
  const options = medforgeOptions();
  return output(medforgeArgv(...args), { ...options, env: { ...settings, ...options.env } });
}

/** The same to be started by somebody who will not let it end. */
export function medforgeArgv(...args: string[]): string[] {
  const program = join(checkout, "scripts/medforge/start.mjs");
  return [process.execPath, program, ...args, "--data", testEnv().MEDFORGE_TEST_DATA_DIR];
}

/** What the command runs with; the checkout is where its migrations are. */
export function medforgeOptions(): Required<Pick<RunOptions, "env" | "cwd" | "timeoutMs">> {
  const cache = testEnv().MEDFORGE_CACHE;
  return {
    env: cache === undefined ? {} : { MEDFORGE_CACHE: cache },
    cwd: checkout,
    timeoutMs: commandMs,
  };
}

/** In ms; longer than the two minutes that a command itself waits at most, after which it says for what. */
const commandMs = 150_000;

export function docker(...args: string[]): Promise<string> {
  return output(["docker", "-H", `unix://${testEnv().MEDFORGE_TEST_DOCKER_SOCKET}`, ...args]);
}

export function containerName(slug: string): string {
  return `mf-session-${slug}`;
}

export async function zfs(...args: string[]): Promise<string[]> {
  const text = await output(["zfs", ...args]);
  return text.split("\n").filter((line) => line !== "");
}

/** Datasets that hold workspaces, without the parent. */
export async function datasets(): Promise<string[]> {
  const parent = testEnv().MEDFORGE_TEST_ZFS_PARENT;
  const all = await zfs("list", "-H", "-o", "name", "-t", "filesystem", "-r", parent);
  return all.filter((name) => name !== parent);
}

/** Has ZFS count what was written and freed in a workspace by now, which by itself it does every half minute. */
export async function settleSpace(workspaceId: string): Promise<void> {
  for (const dataset of (await datasets()).filter((name) => name.includes(`/${workspaceId}/`))) {
    // Both wait until ZFS has written out all that went before.
    await zfs("snapshot", `${dataset}@settle`);
    await zfs("destroy", `${dataset}@settle`);
  }
}

/** Mount points that this mount namespace shows. */
export function mountPoints(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point !== "");
}

/** Every firewall rule, as iptables-save prints them, without packet counters. */
export async function firewallRules(): Promise<string[]> {
  const text = await output(["iptables-save"]);
  return text.split("\n").filter((line) => line.startsWith("-A "));
}

export interface Process {
  pid: number;
  argv: string[];
}

/** Everything that runs in this world. */
export function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").filter(Boolean);
        return argv.length === 0 ? [] : [{ pid: Number(name), argv }];
      } catch {
        // Ended while we looked.
        return [];
      }
    });
}
