import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, runOk } from "./run";
import {
  addressOf,
  expectHostReaches,
  listenOnHost,
  planSession,
  reachedFrom,
  ssh,
  startAgent,
  type TestAgent,
  type TestSession,
  untilAnswers,
} from "./testing/host-kit";

const slow = 120_000;
/** In the test world these answer on port 80 from behind the default route. */
const outside = ["203.0.113.1", "10.99.0.1", "192.168.99.1", "169.254.169.254"];
/** The host's own address on the way there. */
const hostPublic = "203.0.113.2";
const gateways = { external: "172.30.0.1", internal: "172.30.1.1" };

let agent: TestAgent;
let internal: TestSession;

async function boot(gpu: number, exposure: "external" | "internal"): Promise<TestSession> {
  const session = await planSession(agent, gpu, exposure);
  await agent.client.call("session.start", session.input);
  await untilAnswers(session);
  return session;
}

const stop = ({ input }: TestSession) =>
  agent.client.call("session.stop", {
    installationId: input.installationId,
    slug: input.slug,
    generation: input.generation,
    snapshotId: null,
    workspace: null,
    graceSeconds: 1,
  });

beforeAll(async () => {
  agent = await startAgent();
  internal = await boot(0, "internal");
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

/** Each way to a session that a program elsewhere on the host's networks could try. */
async function waysTo(session: TestSession): Promise<[string, number][]> {
  const hosts = [...Object.values(gateways), hostPublic];
  return [
    [await addressOf(agent, session), 22],
    ...hosts.map((host): [string, number] => [host, session.input.sshPort]),
  ];
}

describe("an internal session", () => {
  it("is reached by ssh through its port on the host", { timeout: slow }, async () => {
    for (const host of ["127.0.0.1", hostPublic]) {
      expect((await ssh(agent, internal, "echo $MEDFORGE_SESSION", host)).stdout).toBe(
        `${internal.input.slug}\n`,
      );
    }
    const { sessions } = await agent.client.call("session.list", { installationId: agent.installationId });
    expect(sessions).toMatchObject([{ slug: internal.input.slug, exposure: "internal", state: "running" }]);
  });

  it("reaches nothing outside and nothing of the host", { timeout: slow }, async () => {
    const { port, server } = await listenOnHost(0);
    const targets = [
      ...outside.map((address): [string, number] => [address, 80]),
      ...[...Object.values(gateways), hostPublic].map((address): [string, number] => [address, port]),
    ];
    await expectHostReaches(targets);
    expect(await reachedFrom(agent, internal, targets)).toEqual([]);
    server.close();
  });

  it("resolves no name, by its own resolver or by Docker's", { timeout: slow }, async () => {
    expect((await ssh(agent, internal, "cat /etc/resolv.conf")).stdout).toBe("nameserver 192.0.2.53\n");
    expect((await ssh(agent, internal, "timeout 5 getent hosts example.com")).code).not.toBe(0);
    const ask = (address: string) => `python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
try:
  s.sendto(b"mf\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\1", ("${address}", 53))
  print(s.recv(512))
except OSError as e:
  print(e.strerror)
'`;
    expect((await ssh(agent, internal, ask("127.0.0.11"))).stdout).toBe("Permission denied\n");
    for (const resolver of ["192.0.2.53", ...agent.context.guard.resolvers]) {
      expect((await ssh(agent, internal, ask(resolver))).stdout).toBe("Network is unreachable\n");
    }
  });

  it("has no IPv6", { timeout: slow }, async () => {
    const addresses = "cat /proc/net/if_inet6 2>/dev/null | grep -v ' lo$' | wc -l";
    expect((await ssh(agent, internal, addresses)).stdout).toBe("0\n");
  });

  it("stays closed to somebody who gives it a way out", { timeout: slow }, async () => {
    const { State } = await agent.context.engine.getContainer(`mf-session-${internal.input.slug}`).inspect();
    const inside = ["nsenter", `--net=/proc/${State.Pid}/ns/net`, "--"] as const;
    await runOk([...inside, "ip", "route", "add", "default", "via", gateways.internal]);
    const targets = [...outside, hostPublic].map((address): [string, number] => [address, 80]);
    expect(await reachedFrom(agent, internal, targets)).toEqual([]);
    await runOk([...inside, "ip", "route", "del", "default"]);
  });

  it("and an external one don't reach each other, by any way", { timeout: slow }, async () => {
    const external = await boot(1, "external");
    for (const [from, to] of [
      [internal, external],
      [external, internal],
    ] as const) {
      const ways = await waysTo(to);
      await expectHostReaches(ways);
      expect(await reachedFrom(agent, from, ways)).toEqual([]);
    }
    await stop(external);
  });

  it("and another internal one don't reach each other either", { timeout: slow }, async () => {
    const other = await boot(1, "internal");
    expect(await reachedFrom(agent, internal, await waysTo(other))).toEqual([]);
    await stop(other);
  });
});

describe("the user of the forwards", () => {
  it("reaches SSH in internal sessions and nothing else", { timeout: slow }, async () => {
    const { account } = agent.context.forwards;
    const connect = async (address: string, port: number): Promise<boolean> => {
      const attempt = ["timeout", "2", "bash", "-c", `exec 3<>/dev/tcp/${address}/${port}`];
      const { code } = await run(["setpriv", `--reuid=${account.uid}`, "--clear-groups", "--", ...attempt]);
      return code === 0;
    };
    const { port, server } = await listenOnHost(0);
    expect(await connect(await addressOf(agent, internal), 22)).toBe(true);
    const others = [
      ["203.0.113.1", 80],
      ["127.0.0.1", port],
      [gateways.internal, port],
    ] as const;
    await expectHostReaches(others);
    expect(await Promise.all(others.map(([address, tried]) => connect(address, tried)))).toEqual([
      false,
      false,
      false,
    ]);
    server.close();
  });
});

describe("a host key certificate", () => {
  it("lets ssh in that knows the authority and no key", { timeout: slow }, async () => {
    const { hostCaPublicKey } = await agent.client.call("inventory", {});
    const alias = `mf-${internal.input.workspaceId}`;
    const login = (knownHosts: string, name = alias) =>
      ssh(agent, internal, "true", "127.0.0.1", { name, knownHosts });
    expect(await login(`@cert-authority mf-* ${hostCaPublicKey}\n`)).toMatchObject({ code: 0, stderr: "" });
    // For its own workspace only, and by this authority only.
    const wrongName = await login(`@cert-authority mf-* ${hostCaPublicKey}\n`, "mf-wsp_aaaaaaaaaaaaaaaa");
    expect(wrongName.code).toBe(255);
    const stranger = internal.key.authorized.split(" ").slice(0, 2).join(" ");
    expect((await login(`@cert-authority mf-* ${stranger}\n`)).code).toBe(255);
  });
});
