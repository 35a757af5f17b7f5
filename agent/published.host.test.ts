import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { PublishedPorts } from "./published";
import { runOk } from "./run";
import { planSession, startAgent, type TestAgent, type TestSession } from "./testing/host-kit";

const slow = 120_000;
/** Longer than a start or a stop has its container without its rule, or the other way round. ms */
const whileMs = 11_000;
const strayPort = 10_999;

let agent: TestAgent;
let session: TestSession;
let ports: PublishedPorts;

beforeAll(async () => {
  agent = await startAgent();
  session = await planSession(agent, 0);
  await agent.client.call("session.start", session.input);
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { engine, guard } = agent.context;
  // Without the engine's pid it can only tell.
  ports = new PublishedPorts(engine, guard.networks.external, undefined, guard.log);
});

afterEach(() => void vi.useRealTimers());

/** Whether it is still so a while after it was first seen. */
async function told(): Promise<string | null> {
  await ports.assert();
  vi.advanceTimersByTime(whileMs);
  return ports.assert();
}

const iptables = (action: "-A" | "-D", rule: readonly string[]) =>
  runOk(["iptables", "-w", "10", "-t", "nat", action, "DOCKER", ...rule]);

/** Docker's rule for the session's port, as iptables prints it. */
async function sessionRule(): Promise<string[]> {
  const rules = (await runOk(["iptables", "-w", "10", "-t", "nat", "-S", "DOCKER"])).split("\n");
  const rule = rules.find((line) => line.includes(`--dport ${session.input.sshPort} `));
  return (rule ?? "").split(" ").slice(2);
}

it("finds nothing amiss while a session runs", { timeout: slow }, async () => {
  expect(await told()).toBeNull();
});

it("tells of a session whose port is not forwarded", { timeout: slow }, async () => {
  const rule = await sessionRule();
  await iptables("-D", rule);
  // Once is no proof: it may be stopping.
  expect(await ports.assert()).toBeNull();
  expect(await told()).toContain(`no longer forwards SSH to sessions (port ${session.input.sshPort})`);
  await iptables("-A", rule);
  expect(await told()).toBeNull();
});

it("tells of a port that is held for no container, but not of another network's", {
  timeout: slow,
}, async () => {
  const rule = (await sessionRule()).map((word) =>
    word === String(session.input.sshPort) ? String(strayPort) : word,
  );
  const foreign = rule.map((word) => word.replace(/^[\d.]+:22$/, "198.51.100.7:22"));
  await iptables("-A", foreign);
  expect(await told()).toBeNull();
  await iptables("-D", foreign);
  await iptables("-A", rule);
  expect(await told()).toContain(`holds port ${strayPort} for no session`);
  await iptables("-D", rule);
  expect(await told()).toBeNull();
});
