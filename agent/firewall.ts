import { type Chain, isJumpOfAgents, type Program } from "./chains";
import { failureOf, run, runOk } from "./run";

/** Seconds that iptables waits for another writer, Docker for one. */
const lockWaitSeconds = "10";

const command = (program: Program, ...args: string[]) => [program, "-w", lockWaitSeconds, ...args] as const;

/** The second is what iptables over nf_tables says of a chain that is not there. */
const noSuchChain = /No chain\/target\/match by that name|chain `.*' in table `.*' is incompatible/;

/**
 * The chain's rules as they are; null when there is no such chain.
 * @throws CommandError when it can't be read, such as while another program holds the lock.
 */
async function read(program: Program, chain: string, ...table: string[]): Promise<string[] | null> {
  const argv = command(program, ...table, "-S", chain);
  const result = await run(argv);
  if (result.code === 0) return result.stdout.split("\n").filter((line) => line.startsWith("-A "));
  if (noSuchChain.test(result.stderr)) return null;
  throw failureOf(argv, result);
}

/** Replaces the chain's rules in one step, so that there is no instant without them. */
async function replace(chain: Chain): Promise<void> {
  const input = ["*filter", `:${chain.name} - [0:0]`, ...chain.rules, "COMMIT", ""].join("\n");
  await runOk([`${chain.program}-restore`, "-w", lockWaitSeconds, "--noflush"], { input });
}

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

interface Asserted {
  /** There was no such chain. */
  isNew: boolean;
  /** What had to be changed, empty when all was well. */
  changes: string[];
}

/** Brings one chain and its jumps to what they should be. */
export async function assertChain(chain: Chain): Promise<Asserted> {
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
  return { isNew: rules === null, changes };
}

/** A port of the host that Docker forwards into a container. */
export interface DockerForward {
  port: number;
  /** The container's, on its network. */
  address: string;
}

const dockerForward = /^-A DOCKER .*--dport (\d+) -j DNAT --to-destination ([\d.]+):\d+$/;

/** One of the rules that `iptables -S` prints; null when it forwards nothing. */
export function readDockerForward(rule: string): DockerForward | null {
  const [, port, address] = dockerForward.exec(rule) ?? [];
  return address === undefined ? null : { port: Number(port), address };
}

/** @throws CommandError */
export async function forwardsByDocker(): Promise<DockerForward[]> {
  const rules = (await read("iptables", "DOCKER", "-t", "nat")) ?? [];
  return rules.flatMap((rule) => readDockerForward(rule) ?? []);
}

const dockerUserJump = /^-A FORWARD (-\S+ \S+ )*-j DOCKER-USER$/;

/**
 * Brings forwarded packets to DOCKER-USER. Docker does so itself when it makes a network, but not when it starts with the
 * networks it has, such as after a restart of the host.
 * @param bridge of a network that Docker forwards for, which it does not for an internal one.
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
