import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { activeSessionStates } from "@/lib/sessions/model";
import { rows } from "./database";
import { testEnv } from "./env";
import { eventually } from "./eventually";
import { containerName, datasets, docker, firewallRules, mountPoints, processes } from "./host";
import { output } from "./run";

/**
 * The kernel tears network namespaces and mounts down a little after Docker has answered, and the agent ends a shim that
 * nobody knows at its second look, in ms.
 */
const settleMs = 30_000;
/** The same after the engine was killed: one that holds a port for nobody is restarted by the agent's second look. */
export const engineSettleMs = 90_000;
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

/** Addresses that a firewall rule singles out on the sessions' network: those of published containers. */
async function addressesInRules(): Promise<number> {
  const bridges =
    (await output(["ip", "-json", "-4", "address"])).match(/"local":"(\d+\.\d+\.\d+)\.1"/g) ?? [];
  const networks = bridges.map((text) => text.slice('"local":"'.length, -'.1"'.length));
  const named = (await firewallRules()).flatMap((rule) => [
    ...rule.matchAll(/\b(\d+\.\d+\.\d+)\.\d+(?=\/32|:22\b)/g),
  ]);
  return new Set(named.filter(([, network]) => networks.includes(network ?? "")).map(([address]) => address))
    .size;
}

const kindsOfMounts = {
  rootMounts: /\/overlay2\/[0-9a-f]{64}\/merged$/,
  networkNamespaces: /\/netns\/[0-9a-f]{12}$/,
} as const;

/** Mount points that belong to containers. */
function containerMounts(): string[] {
  return mountPoints().filter((point) => Object.values(kindsOfMounts).some((kind) => kind.test(point)));
}

/** Workspaces that are mounted more than once, one on the other. */
function doubleMounts(): string[] {
  const points = mountPoints().filter((point) => /\/agent\/mounts\/wsp_[a-z2-7]+\/g\d+$/.test(point));
  return points.filter((point, index) => points.indexOf(point) !== index);
}

const links = z.array(z.object({ ifname: z.string().optional(), master: z.string().optional() }));

/**
 * Of the pair of interfaces that each container has, the host's ends: those that a bridge has. A pair that belongs to
 * nobody is Docker's own leftover, when it is killed as it makes one; it is down, leads nowhere and holds nothing.
 */
async function hostEnds(): Promise<number> {
  const all = links.parse(
    JSON.parse((await output(["ip", "-json", "link", "show", "type", "veth"])) || "[]"),
  );
  return all.filter(({ ifname = "", master }) => ifname.startsWith("veth") && master !== undefined).length;
}

/** The processes that stand between Docker and each container. */
function shims(): number {
  return processes().filter(({ argv }) => /^containerd-shim/.test(basename(argv[0] ?? ""))).length;
}

/** Session containers as Docker labels them: name, GPU, port. */
async function labelledContainers(): Promise<string[]> {
  const format = '{{.Names}} {{.Label "medforge.gpu"}} {{.Label "medforge.port"}}';
  const lines = (await docker("ps", "--all", "--format", format)).split("\n");
  return lines.filter((line) => line.startsWith("mf-session-")).sort();
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
  /** With GPU and port. */
  containers: string[];
  reservedPorts: number[];
  forwardedPorts: number[];
  sshForwards: string[];
  agentSessions: string[];
  rootMounts: number;
  networkNamespaces: number;
  doubleMounts: string[];
  hostEnds: number;
  shims: number;
  addressesInRules: number;
  strayWorkspaces: string[];
}

async function held(): Promise<Holdings> {
  const mounts = containerMounts().filter((point) => !mountsBefore.has(point));
  const count = (kind: keyof typeof kindsOfMounts) =>
    mounts.filter((point) => kindsOfMounts[kind].test(point)).length;
  const known = await rows("SELECT public_id FROM workspaces WHERE deleted_at IS NULL");
  const ids = new Set(known.map((row) => String(row.public_id)));
  return {
    containers: await labelledContainers(),
    reservedPorts: reservedPorts(),
    forwardedPorts: await forwardedPorts(),
    sshForwards: sshForwards(),
    agentSessions: agentSessionEntries(),
    rootMounts: count("rootMounts"),
    networkNamespaces: count("networkNamespaces"),
    doubleMounts: doubleMounts(),
    hostEnds: await hostEnds(),
    shims: shims(),
    addressesInRules: await addressesInRules(),
    strayWorkspaces: (await workspaceIdsOnDisk()).filter((id) => !ids.has(id)),
  };
}

/** What exactly the sessions that the database calls active may hold. */
async function due(): Promise<Holdings> {
  const active = await rows(
    `SELECT slug, ssh_port, sessions.exposure, uuid FROM sessions JOIN gpus ON gpus.id = gpu_id
     WHERE sessions.state IN (?) ORDER BY slug`,
    [activeSessionStates],
  );
  const slugs = active.map((row) => String(row.slug));
  const ports = active.map((row) => Number(row.ssh_port)).sort();
  const external = active.filter((row) => row.exposure === "external");
  const internal = active.filter((row) => row.exposure === "internal");
  return {
    containers: active.map((row) => `${containerName(String(row.slug))} ${row.uuid} ${row.ssh_port}`),
    reservedPorts: ports,
    // Docker publishes an external session's port, the agent forwards an internal one's.
    forwardedPorts: external.map((row) => Number(row.ssh_port)).sort(),
    sshForwards: internal.flatMap((row) => [String(row.ssh_port), String(row.slug)]).sort(),
    agentSessions: slugs,
    rootMounts: slugs.length,
    networkNamespaces: slugs.length,
    doubleMounts: [],
    hostEnds: slugs.length,
    shims: slugs.length,
    addressesInRules: external.length,
    strayWorkspaces: [],
  };
}

/** Where the two differ: each list without what both have, or whole where they differ in order or number alone. */
function difference(found: Holdings, wanted: Holdings): Record<string, unknown> {
  const kinds = Object.keys(wanted) as (keyof Holdings)[];
  const without = (all: unknown, others: unknown) =>
    Array.isArray(all) && Array.isArray(others) ? all.filter((one) => !others.includes(one)) : all;
  return Object.fromEntries(
    kinds
      .map((kind) => [kind, found[kind], wanted[kind]] as const)
      .filter(([, has, due]) => JSON.stringify(has) !== JSON.stringify(due))
      .map(([kind, has, due]) => {
        const apart = { tooMuch: without(has, due), missing: without(due, has) };
        const isTold = [apart.tooMuch, apart.missing].some((one) => !Array.isArray(one) || one.length > 0);
        return [kind, isTold ? apart : { found: has, wanted: due }];
      }),
  );
}

/**
 * The host holds exactly what the active sessions need and nothing else: containers, ports, forwards, firewall rules,
 * mounts, network namespaces, key folders, datasets. Only for quiet moments, without a session that is starting or stopping.
 * @throws Error with what differs when something still does after `withinMs`
 */
export async function expectNoLeaks(withinMs = settleMs): Promise<void> {
  let last: unknown;
  await eventually(
    "the host holds what the active sessions need and nothing else",
    withinMs,
    async () => {
      try {
        const [found, wanted] = [await held(), await due()];
        last = difference(found, wanted);
        return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined;
      } catch (error) {
        // What tells may be on its way up again, as ZFS is after its daemon was killed.
        last = error instanceof Error ? error.message : error;
        return undefined;
      }
    },
    () => last,
  );
}
