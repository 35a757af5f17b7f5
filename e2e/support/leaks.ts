import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { activeSessionStates } from "@/lib/sessions/model";
import { rows } from "./database";
import { testEnv } from "./env";
import { eventually } from "./eventually";
import { containerName, datasets, firewallRules, mountPoints, processes, sessionContainers } from "./host";

/** The kernel tears network namespaces and mounts down a little after Docker has answered, in ms. */
const settleMs = 15_000;
const sessionPorts = { first: 10_000, last: 10_999 } as const;
const listening = "0A";

function inRange(port: number): boolean {
  return port >= sessionPorts.first && port <= sessionPorts.last;
}

/** Session ports that something on the host listens on. */
function reservedPorts(): number[] {
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n"));
  const ports = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening)
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "0", 16));
  return [...new Set(ports.filter(inRange))].sort();
}

/** Session ports that the firewall forwards into a container. */
async function forwardedPorts(): Promise<number[]> {
  const ports = (await firewallRules()).flatMap((rule) => {
    const port = Number(/-j DNAT/.test(rule) ? /--dport (\d+)/.exec(rule)?.[1] : 0);
    return inRange(port) ? [port] : [];
  });
  return [...new Set(ports)].sort();
}

/** Session ports that a process of the agent's forwards into a container; also its records of them. */
function sshForwards(): string[] {
  const ports = processes().flatMap(({ argv }) => {
    const port = argv.map((word) => /^TCP4-LISTEN:(\d+),/.exec(word)?.[1]).find(Boolean);
    return argv[0] === "socat" && port !== undefined ? [Number(port)] : [];
  });
  const folder = join(testEnv().MEDFORGE_TEST_DATA_DIR, "agent", "forwards");
  const records = readdirSync(folder).map((name) => name.replace(/\.json$/, ""));
  return [...new Set(ports.filter(inRange).map(String)), ...records].sort();
}

/** Mount points that belong to containers: their root file systems and network namespaces. */
function containerMounts(): string[] {
  return mountPoints().filter((point) =>
    /\/overlay2\/[0-9a-f]{64}\/merged$|\/netns\/[0-9a-f]{12}$/.test(point),
  );
}

/** What was there before this file's tests is not their doing. */
const mountsBefore = new Set(containerMounts());

/** Folders and files in the agent's state that are named by a session. */
function agentSessionEntries(): string[] {
  const folder = join(testEnv().MEDFORGE_TEST_DATA_DIR, "agent", "sessions");
  return readdirSync(folder).sort();
}

async function workspaceIdsOnDisk(): Promise<string[]> {
  const parent = testEnv().MEDFORGE_TEST_ZFS_PARENT;
  const names = (await datasets()).map((name) => name.slice(parent.length + 1).split("/")[0] ?? "");
  return [...new Set(names)].sort();
}

interface Holdings {
  containers: string[];
  reservedPorts: number[];
  forwardedPorts: number[];
  sshForwards: string[];
  agentSessions: string[];
  rootMounts: number;
  networkNamespaces: number;
  strayWorkspaces: string[];
}

async function held(): Promise<Holdings> {
  const mounts = containerMounts().filter((point) => !mountsBefore.has(point));
  const known = await rows("SELECT public_id FROM workspaces WHERE deleted_at IS NULL");
  const ids = new Set(known.map((row) => String(row.public_id)));
  return {
    containers: await sessionContainers(),
    reservedPorts: reservedPorts(),
    forwardedPorts: await forwardedPorts(),
    sshForwards: sshForwards(),
    agentSessions: agentSessionEntries(),
    rootMounts: mounts.filter((point) => point.endsWith("/merged")).length,
    networkNamespaces: mounts.filter((point) => !point.endsWith("/merged")).length,
    strayWorkspaces: (await workspaceIdsOnDisk()).filter((id) => !ids.has(id)),
  };
}

/** What exactly the sessions that the database calls active may hold. */
async function due(): Promise<Holdings> {
  const active = await rows(
    "SELECT slug, ssh_port, exposure FROM sessions WHERE state IN (?) ORDER BY slug",
    [activeSessionStates],
  );
  const slugs = active.map((row) => String(row.slug));
  const ports = active.map((row) => Number(row.ssh_port)).sort();
  const external = active.filter((row) => row.exposure === "external");
  const internal = active.filter((row) => row.exposure === "internal");
  return {
    containers: slugs.map(containerName),
    reservedPorts: ports,
    // Docker publishes an external session's port, the agent forwards an internal one's.
    forwardedPorts: external.map((row) => Number(row.ssh_port)).sort(),
    sshForwards: internal.flatMap((row) => [String(row.ssh_port), String(row.slug)]).sort(),
    agentSessions: slugs,
    rootMounts: slugs.length,
    networkNamespaces: slugs.length,
    strayWorkspaces: [],
  };
}

/**
 * The host holds exactly what the active sessions need and nothing else: containers, ports, forwards, firewall rules,
 * mounts, network namespaces, key folders, datasets. Only for quiet moments, without a session that is starting or stopping.
 * @throws Error with both lists when they differ
 */
export async function expectNoLeaks(): Promise<void> {
  let last: unknown;
  await eventually(
    "the host holds what the active sessions need and nothing else",
    settleMs,
    async () => {
      const [found, wanted] = [await held(), await due()];
      last = { found, wanted };
      return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined;
    },
    () => last,
  );
}
