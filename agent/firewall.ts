import ipaddr from "ipaddr.js";
import { run, runOk } from "./run";
import type { SessionNetwork } from "./subnet";

/** Seconds that iptables waits for another writer, Docker for one. */
const lockWaitSeconds = "10";

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

type Program = "iptables" | "ip6tables";

/** One chain of the agent's: what it holds, and the chains that must jump to it first. */
export interface Chain {
  program: Program;
  name: string;
  parents: readonly string[];
  /** Rules as `iptables -S` prints them, so that comparing is comparing text. */
  rules: readonly string[];
  /** The jump's match, as `iptables -S` prints it. */
  jumpMatch: string;
}

const isClosed = (address: string): boolean =>
  closedRanges.some(([range]) => ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range)));

/** The chains that fence a session network: towards the host itself, and towards everything behind it. */
export function chainsFor(network: SessionNetwork, resolvers: readonly string[]): Chain[] {
  const from = `-i ${network.bridge}`;
  const established = `${from} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`;
  const spoofed = `! -s ${network.subnet} ${from} -j DROP`;
  const dns = (address: string) =>
    ["udp", "tcp"].map(
      (protocol) => `-d ${address}/32 ${from} -p ${protocol} -m ${protocol} --dport 53 -j RETURN`,
    );
  const input = `MF-IN-${network.bridge}`;
  const forward = `MF-FW-${network.bridge}`;
  const chain = (program: Program, name: string, parents: string[], rules: readonly string[]): Chain => ({
    program,
    name,
    parents,
    jumpMatch: from,
    rules: rules.map((rule) => `-A ${name} ${rule}`),
  });
  return [
    chain("iptables", input, ["INPUT"], [spoofed, established, ...resolvers.flatMap(dns), `${from} -j DROP`]),
    // DOCKER-USER stays in front when Docker rewrites FORWARD; FORWARD itself because others, VPNs for one, put their
    // own accepting rules before DOCKER-USER.
    chain(
      "iptables",
      forward,
      ["DOCKER-USER", "FORWARD"],
      [
        spoofed,
        established,
        ...resolvers.filter(isClosed).flatMap(dns),
        `${from} -o ${network.bridge} -j DROP`,
        ...closedRanges.map(([range]) => `-d ${range} ${from} -j DROP`),
      ],
    ),
    chain("ip6tables", input, ["INPUT"], [`${from} -j DROP`]),
    chain("ip6tables", forward, ["FORWARD"], [`${from} -j DROP`]),
  ];
}

const command = (program: Program, ...args: string[]) => [program, "-w", lockWaitSeconds, ...args] as const;

/** The chain's rules as they are; null when there is no such chain. */
async function read(program: Program, chain: string): Promise<string[] | null> {
  const result = await run(command(program, "-S", chain));
  if (result.code !== 0) return null;
  return result.stdout.split("\n").filter((line) => line.startsWith("-A "));
}

/** Replaces the chain's rules in one step, so that there is no instant without them. */
async function replace(chain: Chain): Promise<void> {
  const input = ["*filter", `:${chain.name} - [0:0]`, ...chain.rules, "COMMIT", ""].join("\n");
  await runOk([`${chain.program}-restore`, "-w", lockWaitSeconds, "--noflush"], { input });
}

/** A jump to a chain like ours, for the bridge of another network: it lets our packets pass unchanged. */
const isJumpOfAgents = (rule: string): boolean => / -j MF-(IN|FW)-mfx-\S+$/.test(rule);

/** Whether the jump is there once, and only its likes are before it. */
const isFirst = (jump: string, rules: readonly string[]): boolean =>
  rules.indexOf(jump) === rules.lastIndexOf(jump) &&
  rules.slice(0, rules.indexOf(jump) + 1).every(isJumpOfAgents) &&
  rules.includes(jump);

/** Puts the jump first in the parent, then removes any other copy of it. */
async function jumpFirst(program: Program, parent: string, jump: string, existing: readonly string[]) {
  const rule = jump.split(" ").slice(2);
  await runOk(command(program, "-I", parent, "1", ...rule));
  const old = existing.flatMap((line, index) => (line === jump ? [index + 2] : []));
  for (const position of old.reverse()) await runOk(command(program, "-D", parent, String(position)));
}

/** @returns whether the parent had to be changed. */
async function assertJump({ program, name, jumpMatch }: Chain, parent: string): Promise<boolean> {
  let rules = await read(program, parent);
  if (rules === null) {
    // DOCKER-USER before the engine's first start; Docker keeps a chain that is there.
    await runOk(command(program, "-N", parent));
    rules = [];
  }
  const jump = `-A ${parent} ${jumpMatch} -j ${name}`;
  if (isFirst(jump, rules)) return false;
  await jumpFirst(program, parent, jump, rules);
  return true;
}

/**
 * Brings one chain and its jumps to what they should be.
 * @returns what had to be changed, empty when all was well.
 */
export async function assertChain(chain: Chain): Promise<string[]> {
  const changes: string[] = [];
  const rules = await read(chain.program, chain.name);
  if (rules === null || rules.join("\n") !== chain.rules.join("\n")) {
    await replace(chain);
    changes.push(`${chain.program} chain ${chain.name} ${rules === null ? "made" : "rewritten"}`);
  }
  for (const parent of chain.parents) {
    if (await assertJump(chain, parent))
      changes.push(`${chain.program} jump ${parent} to ${chain.name} put first`);
  }
  return changes;
}

const dockerUserJump = /^-A FORWARD (-\S+ \S+ )*-j DOCKER-USER$/;

/**
 * Brings forwarded packets to DOCKER-USER. Docker does so itself when it makes a network, but not when it starts with the
 * networks it has, such as after a restart of the host.
 * @returns what had to be changed, empty when all was well.
 * @throws Error when the engine has no rules for the bridge: with `iptables=false` it would leave sessions unreachable.
 */
export async function assertDockerUserIsUsed(bridge: string): Promise<string[]> {
  const forward = (await read("iptables", "FORWARD")) ?? [];
  if (forward.some((line) => dockerUserJump.test(line))) return [];
  if (!forward.includes(`-A FORWARD -o ${bridge} -j DOCKER`)) {
    throw new Error(
      `iptables FORWARD has nothing of Docker's for ${bridge}: start the engine with iptables on`,
    );
  }
  const behindOurs = forward.filter(isJumpOfAgents).length + 1;
  await runOk(command("iptables", "-I", "FORWARD", String(behindOurs), "-j", "DOCKER-USER"));
  return ["iptables jump FORWARD to DOCKER-USER put back"];
}
