import ipaddr from "ipaddr.js";
import type { Exposure } from "@/lib/agent-protocol/patterns";
import type { probeKinds } from "@/lib/agent-protocol/verbs";
import { unroutableResolver } from "../resolvers";
import type { SessionNetwork } from "../subnet";
import type { Attempt } from "./attempt";
import type { Way } from "./verdict";

/** What the agent knows of the session, the host and the others on it, which decides what is tried. */
export interface Facts {
  network: SessionNetwork;
  /** Ranges that the session itself has a route for; `0.0.0.0/0` where it has a default route. */
  sessionRoutes: readonly string[];
  /** Addresses that the host would forward the session's packets for, were there no fence. */
  hostRoutes: ReadonlySet<string>;
  /** An address of the host's that is not of a session network; null where it has none. */
  hostAddress: string | null;
  /** Where the host sends what it has no other route for; null where it has none. */
  hostGateway: string | null;
  /** TCP ports on which the host listens on all its addresses. */
  hostPorts: readonly number[];
  /** Of external sessions. */
  resolvers: readonly string[];
  /** `address:port` on the internet. */
  internet: string;
  /** Running sessions beside this one. */
  others: readonly { address: string; sshPort: number }[];
}

export interface Target extends Attempt {
  kind: (typeof probeKinds)[number];
  label: string;
  expectation: "refused" | "reached";
}

const sshPort = 22;
const metadata = "169.254.169.254";
/** One of each private range, where routers most often are. */
const privateAddresses = ["10.0.0.1", "100.64.0.1", "172.16.0.1", "192.168.0.1"];
/** Cloudflare's resolver; with any IPv6 at all it would be there. */
const ipv6Address = "2606:4700:4700::1111";
const mostOthers = 5;
const mostResolvers = 2;

const isPrivate = (address: string): boolean =>
  ["private", "carrierGradeNat"].includes(ipaddr.IPv4.parse(address).range());

/** Addresses behind the host that are tried; of them the agent must know whether the host has a route. */
export function addressesBehindHost(facts: Omit<Facts, "hostRoutes">): string[] {
  const { hostGateway, resolvers, internet, others } = facts;
  const gateway = hostGateway !== null && isPrivate(hostGateway) ? [hostGateway] : [];
  const [internetAddress = ""] = internet.split(":");
  const sessions = others.slice(0, mostOthers).map(({ address }) => address);
  return [
    ...[metadata, ...privateAddresses, ...gateway, ...resolvers, unroutableResolver],
    ...[internetAddress, ...sessions],
  ];
}

function tcp(kind: Target["kind"], address: string, port: number): Target {
  return { protocol: "tcp", address, port, kind, label: `${address}:${port}`, expectation: "refused" };
}

/** UDP and TCP. */
function dns(kind: Target["kind"], address: string): Target[] {
  const label = `${address}:53`;
  return [
    { ...tcp(kind, address, 53), protocol: "dns", label: `${label} (UDP)` },
    { ...tcp(kind, address, 53), label: `${label} (TCP)` },
  ];
}

function hostTargets({ network, hostAddress, hostPorts }: Facts): Target[] {
  const addresses = hostAddress === null ? [network.gateway] : [network.gateway, hostAddress];
  const ports = [sshPort, ...hostPorts.filter((port) => port !== sshPort)];
  return addresses.flatMap((address) => ports.map((port) => tcp("host", address, port)));
}

/** Without saying who and where they are: the owner of this session reads it. */
function otherSessions({ network, others }: Facts): Target[] {
  return others.slice(0, mostOthers).flatMap((other, index) => {
    const name = `another session (${index + 1})`;
    return [
      { ...tcp("session", other.address, sshPort), label: `${name}, at its address` },
      { ...tcp("session", network.gateway, other.sshPort), label: `${name}, at its SSH port on this host` },
    ];
  });
}

/** What only external sessions may reach. */
function outside(exposure: Exposure, { resolvers, internet }: Facts): Target[] {
  const [address = "", port] = internet.split(":");
  const asked =
    exposure === "internal" ? [...resolvers.slice(0, mostResolvers), unroutableResolver] : resolvers;
  const targets = [
    ...asked.slice(0, mostResolvers + 1).flatMap((resolver) => dns("dns", resolver)),
    tcp("internet", address, Number(port)),
  ];
  const expectation = exposure === "external" ? "reached" : "refused";
  return targets.map((target) => ({ ...target, expectation }));
}

/** Everything that is tried from inside a session. */
export function targetsFor(facts: Facts): Target[] {
  const gateway = facts.hostGateway !== null && isPrivate(facts.hostGateway) ? [facts.hostGateway] : [];
  const ranges = [...new Set([...privateAddresses, ...gateway])].filter(
    (address) => address !== facts.network.gateway,
  );
  return [
    ...hostTargets(facts),
    tcp("metadata", metadata, 80),
    ...ranges.map((address) => tcp("private", address, 80)),
    ...dns("engine_dns", "127.0.0.11"),
    ...outside(facts.network.exposure, facts),
    { ...tcp("ipv6", ipv6Address, 443), label: `[${ipv6Address}]:443` },
    ...otherSessions(facts),
  ];
}

const within = (address: string, range: string): boolean =>
  ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range));

/** What an error on the way to an address can mean; see `Way`. */
export function wayTo(address: string, facts: Facts): Way {
  // No session has an IPv6 address but the one on loopback.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return { isLoopback: false, isRouted: false };
  const isLoopback = within(address, "127.0.0.0/8");
  const hasRoute = facts.sessionRoutes.some((range) => within(address, range));
  const isHost = address === facts.network.gateway || address === facts.hostAddress;
  const isNeighbour = within(address, facts.network.subnet);
  const goesOn = isHost || (!isNeighbour && facts.hostRoutes.has(address));
  return { isLoopback, isRouted: !isLoopback && hasRoute && goesOn };
}
