import { afterAll, beforeAll, expect, it } from "vitest";
import type { Exposure } from "@/lib/agent-protocol/patterns";
import { runOk } from "../run";
import { listenOnHost, planSession, startAgent, type TestAgent, type TestSession } from "../testing/host-kit";

const slow = 120_000;
let agent: TestAgent;
const sessions: Partial<Record<Exposure, TestSession>> = {};

beforeAll(async () => {
  agent = await startAgent();
  for (const [gpu, exposure] of (["external", "internal"] as const).entries()) {
    const session = await planSession(agent, gpu, exposure);
    await agent.client.call("session.start", session.input);
    sessions[exposure] = session;
  }
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

async function probe(exposure: Exposure) {
  const { installationId, slug } = sessions[exposure]?.input ?? { installationId: "", slug: "" };
  const { probes } = await agent.client.call("session.probe", { installationId, slug, generation: 1 });
  return probes;
}

/** Without the host's resolvers, which external sessions may ask: whether one answers by TCP is its own affair. */
const reached = async (exposure: Exposure) =>
  (await probe(exposure))
    .filter(({ kind, expectation }) => !(kind === "dns" && expectation === "reached"))
    .filter(({ outcome }) => outcome === "reached")
    .map(({ target }) => target);

it("finds that an internal session reaches nothing, at once", { timeout: slow }, async () => {
  const probes = await probe("internal");
  expect(new Set(probes.map(({ kind }) => kind))).toEqual(
    new Set(["host", "metadata", "private", "engine_dns", "dns", "internet", "ipv6", "session"]),
  );
  for (const row of probes) expect(row).toMatchObject({ expectation: "refused", outcome: "refused" });
  expect(Math.max(...probes.map(({ ms }) => ms))).toBeLessThan(3_000);
  const told = JSON.stringify(probes);
  expect(told).not.toContain(String(sessions.external?.input.sshPort));
  expect(told).not.toContain(sessions.external?.input.slug);
});

it("finds that an external session reaches the internet and nothing else", { timeout: slow }, async () => {
  const { server, port } = await listenOnHost(0);
  expect(await reached("external")).toEqual(["203.0.113.1:80"]);
  server.close();
  expect(port).toBeGreaterThan(0);
});

/**
 * Opens a chain until `seen` holds. The installation's own agent has the same chains and may close one within its 30 s
 * round, just before it was looked at.
 */
async function withOpened(chain: string, seen: () => Promise<boolean>): Promise<void> {
  const tries = 5;
  for (let n = 0; n < tries; n++) {
    await runOk(["iptables", "-w", "10", "-I", chain, "1", "-j", "ACCEPT"]);
    if (await seen()) return;
  }
  throw new Error(`Chain ${chain} was opened ${tries} times, and never was it seen`);
}

it("reports what an opened chain lets through, until the agent has closed it again", {
  timeout: slow,
}, async () => {
  const { external, internal } = agent.context.guard.networks;
  await withOpened(`MF-FW-${external.bridge}`, async () =>
    (await reached("external")).includes("169.254.169.254:80"),
  );
  // Nothing listens there; the refusal is the host's own, so the packet was.
  await withOpened(`MF-IN-${internal.bridge}`, async () => {
    const host = (await probe("internal")).find(({ target }) => target === `${internal.gateway}:22`);
    return host?.outcome === "reached" && host.how === "refused by the target itself";
  });
  await agent.context.guard.assert();
  expect(await reached("external")).toEqual(["203.0.113.1:80"]);
  expect(await reached("internal")).toEqual([]);
});

it("tells how often the fence was put right, and when", { timeout: slow }, async () => {
  const fence = async () => (await agent.client.call("health", {})).fenceChanges;
  const before = await fence();
  await withOpened(`MF-FW-${agent.context.guard.networks.internal.bridge}`, async () => {
    await agent.context.guard.assert();
    return (await fence()).count > before.count;
  });
  const after = await fence();
  expect(Date.parse(after.at ?? "")).toBeLessThanOrEqual(Date.now());
  expect(after.at).not.toBe(before.at);
});

it("reports Docker's resolver when its route is gone", { timeout: slow }, async () => {
  const { slug } = sessions.internal?.input ?? { slug: "" };
  const { State } = await agent.context.engine.getContainer(`mf-session-${slug}`).inspect();
  const route = ["prohibit", "127.0.0.11/32", "table", "local"];
  const inside = ["nsenter", `--net=/proc/${State.Pid}/ns/net`, "--", "ip", "route"] as const;
  await runOk([...inside, "del", ...route]);
  expect(await reached("internal")).toContain("127.0.0.11:53 (TCP)");
  await runOk([...inside, "add", ...route]);
  expect(await reached("internal")).toEqual([]);
});

it("takes a session that is not there for no proof", { timeout: slow }, async () => {
  const { installationId } = agent;
  const ask = { installationId, slug: "aaaaaaaa", generation: 1 };
  await expect(agent.client.call("session.probe", ask)).rejects.toMatchObject({ code: "no_such_session" });
});
