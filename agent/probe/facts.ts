import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { z } from "zod";
import { unlessMissing } from "@/lib/kernel/missing";
import type { AgentContext } from "../context";
import { engineCall } from "../docker";
import { run, runOk } from "../run";
import type { FoundSession } from "../session/container";
import { slugLabel } from "../session/labels";
import { type InNetwork, networkOf, runInNetworkOk } from "../session/netns";
import { bridgePrefix, type SessionNetwork } from "../subnet";
import { addressesBehindHost, type Facts } from "./targets";

const listening = "0A";
const mostPorts = 5;
/** Published or forwarded, and so tried as other sessions'. */
const isSessionPort = (port: number): boolean => port >= 10_000 && port <= 10_999;
const anyAddress = /^0+$/;

/** TCP ports on which something listens on every address, lowest first, from the text of /proc/net/tcp or tcp6. */
export function openPorts(procNetTcp: string): number[] {
  const ports = procNetTcp.split("\n").flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    const [address = "", port = ""] = (local ?? "").split(":");
    return state === listening && anyAddress.test(address) ? [Number.parseInt(port, 16)] : [];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}

async function hostPorts(): Promise<number[]> {
  const texts = await Promise.all(
    // The second is missing where the kernel has no IPv6.
    ["/proc/net/tcp", "/proc/net/tcp6"].map(
      async (path) => (await unlessMissing(readFile(path, "utf8"))) ?? "",
    ),
  );
  return openPorts(texts.join("\n"))
    .filter((port) => !isSessionPort(port))
    .slice(0, mostPorts);
}

/** The first address that is of no bridge of ours. */
function hostAddress(): string | null {
  const bridges = Object.values(bridgePrefix);
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (bridges.some((prefix) => name.startsWith(prefix))) continue;
    const found = addresses?.find(({ family, internal }) => family === "IPv4" && !internal);
    if (found !== undefined) return found.address;
  }
  return null;
}

const routeList = z.array(z.object({ dst: z.string(), gateway: z.string().optional() }));
const parseRoutes = (json: string) => routeList.parse(JSON.parse(json || "[]"));

async function hostGateway(): Promise<string | null> {
  const routes = parseRoutes(await runOk(["ip", "-json", "-4", "route", "show", "default"]));
  return routes[0]?.gateway ?? null;
}

const asRange = (dst: string): string =>
  dst === "default" ? "0.0.0.0/0" : dst.includes("/") ? dst : `${dst}/32`;

async function sessionRoutes(where: InNetwork): Promise<string[]> {
  const routes = await runInNetworkOk(where, ["ip", "-json", "-4", "route", "show"]);
  return parseRoutes(routes).map(({ dst }) => asRange(dst));
}

/** Which of the addresses the host would forward to, coming from a session. */
async function forwardable(
  addresses: readonly string[],
  from: string,
  { bridge }: SessionNetwork,
): Promise<Set<string>> {
  const asked = await Promise.all(
    addresses.map(async (address) => {
      const { code } = await run(["ip", "-4", "route", "get", address, "from", from, "iif", bridge]);
      return code === 0 ? [address] : [];
    }),
  );
  return new Set(asked.flat());
}

/** Running sessions beside this one, of whichever installation. */
async function otherSessions({ engine, guard }: AgentContext, slug: string): Promise<Facts["others"]> {
  const filters = { label: [slugLabel], status: ["running"] };
  const containers = await engineCall("Listing containers", engine.listContainers({ filters }));
  const names = Object.values(guard.networks).map(({ name }) => name);
  return containers
    .filter(({ Labels }) => Labels[slugLabel] !== slug)
    .flatMap(({ Labels, NetworkSettings }) => {
      const address = names.map((name) => NetworkSettings.Networks[name]?.IPAddress).find(Boolean);
      const sshPort = Number(Labels["medforge.port"]);
      return address && Number.isInteger(sshPort) ? [{ address, sshPort }] : [];
    });
}

/** What is to be known for choosing a running session's targets and judging its attempts. */
export async function gatherFacts(context: AgentContext, found: FoundSession): Promise<Facts> {
  const { guard, env } = context;
  const network = guard.networks[found.labels.exposure];
  const address = found.details.NetworkSettings.Networks[network.name]?.IPAddress ?? network.gateway;
  const [ports, gateway, routes, others] = await Promise.all([
    hostPorts(),
    hostGateway(),
    sessionRoutes(networkOf(found.details)),
    otherSessions(context, found.labels.slug),
  ]);
  const known = {
    network,
    sessionRoutes: routes,
    hostAddress: hostAddress(),
    hostGateway: gateway,
    hostPorts: ports,
    resolvers: guard.resolvers,
    internet: env.MEDFORGE_PROBE_INTERNET,
    others,
  };
  return { ...known, hostRoutes: await forwardable(addressesBehindHost(known), address, network) };
}
