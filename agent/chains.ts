import ipaddr from "ipaddr.js";
import { bridgePrefix, type SessionNetwork, type SessionNetworks } from "./subnet";

/** Where a session must never start a connection to, whatever the host's routes say. */
const closedRanges = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback; Docker without its proxy sets route_localnet on the bridge"],
  ["169.254.0.0/16", "link-local, cloud metadata among it"],
  ["172.16.0.0/12", "private, other Docker networks among it"],
  ["192.0.0.0/24", "protocol assignments, cloud metadata among it"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved, broadcast among it"],
] as const;

export type Program = "iptables" | "ip6tables";

/** One chain of the agent's: what it holds, and the chains that must jump to it first. */
export interface Chain {
  program: Program;
  name: string;
  parents: readonly string[];
  /** Rules as `iptables -S` prints them, so that comparing is comparing text. */
  rules: readonly string[];
  /** The jump's match, as `iptables -S` prints it. */
  jumpMatch: string;
  /** No session may start without it; of the others the operator is told. */
  isVital: boolean;
}

const isClosed = (address: string): boolean =>
  closedRanges.some(([range]) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range)));

function chain(
  program: Program,
  name: string,
  parents: readonly string[],
  jumpMatch: string,
  rules: readonly string[],
): Chain {
  // Sessions have no IPv6 of their own, so a host without ip6tables is a weakness to tell, not a reason to stop.
  const isVital = program === "iptables";
  return { program, name, parents, jumpMatch, isVital, rules: rules.map((rule) => `-A ${name} ${rule}`) };
}

const established = "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN";
const chainName = (part: string, { bridge }: SessionNetwork): string => `MF-${part}-${bridge}`;

// DOCKER-USER stays in front when Docker rewrites FORWARD; FORWARD itself because others, VPNs for one, put their own
// accepting rules before DOCKER-USER.
const forwardParents = ["DOCKER-USER", "FORWARD"];

/** Of an external network: nothing of the host but its resolvers, nothing that is not the internet. */
function externalChains(network: SessionNetwork, resolvers: readonly string[], closed: string): Chain[] {
  const from = `-i ${network.bridge}`;
  const spoofed = `! -s ${network.subnet} ${from} -j DROP`;
  const dns = (address: string) =>
    ["udp", "tcp"].map(
      (protocol) => `-d ${address}/32 ${from} -p ${protocol} -m ${protocol} --dport 53 -j RETURN`,
    );
  const input = chainName("IN", network);
  const forward = chainName("FW", network);
  return [
    chain("iptables", input, ["INPUT"], from, [
      spoofed,
      `${from} ${established}`,
      ...resolvers.flatMap(dns),
      `${from} -j DROP`,
    ]),
    chain("iptables", forward, forwardParents, from, [
      spoofed,
      `${from} ${established}`,
      ...resolvers.filter(isClosed).flatMap(dns),
      `${from} -o ${network.bridge} -j DROP`,
      // By itself, since a site may have given the internal network public addresses.
      `-d ${closed} ${from} -j DROP`,
      ...closedRanges.map(([range]) => `-d ${range} ${from} -j DROP`),
    ]),
    chain("ip6tables", input, ["INPUT"], from, [`${from} -j DROP`]),
    chain("ip6tables", forward, ["FORWARD"], from, [`${from} -j DROP`]),
  ];
}

/**
 * Of an internal network: nothing is forwarded from or to it, its own other sessions included, and the host hears only
 * what it asked for, which is the SSH forwards' connections.
 */
function internalChains(network: SessionNetwork): Chain[] {
  const from = `-i ${network.bridge}`;
  const to = `-o ${network.bridge}`;
  const input = chainName("IN", network);
  const forward = chainName("FW", network);
  const towards = chainName("TO", network);
  return [
    chain("iptables", input, ["INPUT"], from, [
      `! -s ${network.subnet} ${from} -j DROP`,
      `${from} ${established}`,
      `${from} -j DROP`,
    ]),
    chain("iptables", forward, forwardParents, from, [`${from} -j DROP`]),
    chain("iptables", towards, forwardParents, to, [`${to} -j DROP`]),
    chain("ip6tables", input, ["INPUT"], from, [`${from} -j DROP`]),
    chain("ip6tables", forward, ["FORWARD"], from, [`${from} -j DROP`]),
    chain("ip6tables", towards, ["FORWARD"], to, [`${to} -j DROP`]),
  ];
}

/**
 * The forwards' user reaches SSH in internal sessions and nothing else, so that a flaw in the forwarding program opens no
 * way further. The same for every agent of a host, since they share the user: the bridges are known by their prefix.
 */
function forwardUserChains(uid: number): Chain[] {
  const name = "MF-OUT-forward";
  const owned = `-m owner --uid-owner ${uid}`;
  const told = (made: Chain): Chain => ({ ...made, isVital: false });
  return [
    told(
      chain("iptables", name, ["OUTPUT"], owned, [
        established,
        `-o ${bridgePrefix.internal}+ -p tcp -m tcp --dport 22 -j RETURN`,
        "-j DROP",
      ]),
    ),
    told(chain("ip6tables", name, ["OUTPUT"], owned, ["-j DROP"])),
  ];
}

/** The chains that fence the session networks: towards the host itself, and towards everything behind it. */
export function chainsFor(
  { external, internal }: SessionNetworks,
  resolvers: readonly string[],
  forwardUid: number,
): Chain[] {
  return [
    ...externalChains(external, resolvers, internal.subnet),
    ...internalChains(internal),
    ...forwardUserChains(forwardUid),
  ];
}

/** A jump to a chain like ours, for the bridge of another network: it lets our packets pass unchanged. */
export const isJumpOfAgents = (rule: string): boolean =>
  / -j MF-((IN|FW|TO)-mf[xi]-\S+|OUT-forward)$/.test(rule);
