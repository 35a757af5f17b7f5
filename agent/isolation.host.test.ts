import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, runOk } from "./run";
import {
  addressOf,
  expectHostReaches,
  hostCanReach,
  listenOnHost,
  planSession,
  reachedFrom,
  ssh,
  startAgent,
  type TestAgent,
  type TestSession,
} from "./testing/host-kit";

const slow = 120_000;
/** For what must succeed, on a busy machine too. */
const patientSeconds = 15;
/** In the test world these answer on port 80 from behind the default route, as the internet would. */
const internet = "203.0.113.1";
const forbidden = ["10.99.0.1", "192.168.99.1", "169.254.169.254"];
/** The host's own address on the way there. */
const hostPublic = "203.0.113.2";
const gateway = "172.30.0.1";

let agent: TestAgent;
let one: TestSession;
let two: TestSession;

/** Asks Docker's resolver inside a container for a name, as any program in it could; prints the answer's length or why not. */
const askEngineResolver = (name: string) => `python3 -c '
import socket
labels = b"".join(bytes([len(l)]) + l.encode() for l in "${name}".split("."))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(${patientSeconds})
try:
  s.sendto(b"mf\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + labels + b"\\0\\0\\1\\0\\1", ("127.0.0.11", 53))
  print("answers:", s.recv(512)[7])
except OSError as e:
  print(e.strerror)
'`;

/** A command in the session's network, by the host's root: it isn't bound by what binds the session's user. */
async function inNetworkOf(session: TestSession, ...command: string[]): Promise<string> {
  const { State } = await agent.context.engine.getContainer(`mf-session-${session.input.slug}`).inspect();
  return runOk(["nsenter", `--net=/proc/${State.Pid}/ns/net`, "--", ...command], { timeoutMs: 30_000 });
}

async function bootSession(gpu: number): Promise<TestSession> {
  const session = await planSession(agent, gpu);
  await agent.client.call("session.start", session.input);
  return session;
}

beforeAll(async () => {
  agent = await startAgent();
  one = await bootSession(0);
  two = await bootSession(1);
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

describe("the network of a session", () => {
  it("leads to the internet", { timeout: slow }, async () => {
    expect(await reachedFrom(agent, one, [[internet, 80]], patientSeconds)).toEqual([`${internet}:80`]);
  });

  it("does not lead to private ranges or the metadata address", { timeout: slow }, async () => {
    const targets = forbidden.map((address): [string, number] => [address, 80]);
    await expectHostReaches(targets);
    expect(await reachedFrom(agent, one, targets)).toEqual([]);
  });

  it("does not lead to the host, by whichever of its addresses", { timeout: slow }, async () => {
    const { port, server } = await listenOnHost(0);
    const targets = [gateway, hostPublic, "127.0.0.1"].map((address): [string, number] => [address, port]);
    await expectHostReaches(targets);
    expect(await reachedFrom(agent, one, targets)).toEqual([]);
    server.close();
  });

  it("does not lead to the host's loopback even for somebody who owns the container's routes", {
    timeout: slow,
  }, async () => {
    const { port, server } = await listenOnHost(0);
    const { State } = await agent.context.engine.getContainer(`mf-session-${two.input.slug}`).inspect();
    const inside = ["nsenter", `--net=/proc/${State.Pid}/ns/net`, "--"] as const;
    await runOk([...inside, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1"]);
    await runOk([...inside, "ip", "address", "flush", "dev", "lo"]);
    await runOk([...inside, "ip", "route", "add", "127.0.0.0/8", "via", gateway]);
    const probe = await run([...inside, "timeout", "2", "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`]);
    expect(probe.code).not.toBe(0);
    server.close();
  });

  it("does not lead to other sessions, directly or through their published ports", {
    timeout: slow,
  }, async () => {
    const other = await addressOf(agent, two);
    expect(await hostCanReach(other, 22)).toBe(true);
    const published = [gateway, hostPublic].map((address): [string, number] => [address, two.input.sshPort]);
    await expectHostReaches(published);
    expect(await reachedFrom(agent, one, [[other, 22], ...published])).toEqual([]);
  });

  it("does not tell who else is there: Docker's resolver is closed, also after an interrupted start", {
    timeout: slow,
  }, async () => {
    const question = askEngineResolver(`mf-session-${two.input.slug}`);
    expect((await ssh(agent, one, question)).stdout).toBe("Permission denied\n");
    expect((await ssh(agent, one, "cat /etc/resolv.conf")).stdout).not.toContain("127.0.0.11");
    // The control: without the route it tells.
    await inNetworkOf(one, "ip", "route", "del", "prohibit", "127.0.0.11/32", "table", "local");
    expect(await inNetworkOf(one, "sh", "-c", question)).toBe("answers: 1\n");
    await agent.client.call("session.start", one.input);
    expect((await ssh(agent, one, question)).stdout).toBe("Permission denied\n");
  });

  it("has no IPv6", { timeout: slow }, async () => {
    expect(
      (await ssh(agent, one, "cat /proc/net/if_inet6 2>/dev/null | grep -v ' lo$' | wc -l")).stdout,
    ).toBe("0\n");
  });

  it("stays fenced when somebody empties the chains", { timeout: slow }, async () => {
    const { bridge } = agent.context.guard.networks.external;
    await runOk(["iptables", "-w", "10", "-F", `MF-IN-${bridge}`]);
    await runOk(["iptables", "-w", "10", "-I", "INPUT", "1", "-j", "ACCEPT"]);
    await runOk(["iptables", "-w", "10", "-D", "DOCKER-USER", "1"]);
    // As a VPN's daemon does: ahead of DOCKER-USER.
    await runOk(["iptables", "-w", "10", "-I", "FORWARD", "1", "-j", "ACCEPT"]);
    const { port, server } = await listenOnHost(0);
    await agent.context.guard.assert();
    const targets = [[gateway, port] as const, ...forbidden.map((address) => [address, 80] as const)];
    expect(await reachedFrom(agent, one, targets)).toEqual([]);
    const before = await runOk(["iptables", "-S"]);
    await agent.context.guard.assert();
    expect(await runOk(["iptables", "-S"])).toBe(before);
    for (const chain of ["INPUT", "FORWARD"]) {
      await runOk(["iptables", "-w", "10", "-D", chain, "-j", "ACCEPT"]);
    }
    server.close();
  });
});

describe("the container of a session", () => {
  it("leaves its user no way to more rights", { timeout: slow }, async () => {
    const status = (await ssh(agent, one, "cat /proc/self/status")).stdout;
    expect(status).toMatch(/^CapPrm:\s+0+$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^SigIgn:\s+0+$/m);
  });

  it("shows neither keys nor other tenants' processes", { timeout: slow }, async () => {
    expect((await ssh(agent, one, "cat /etc/medforge/ssh_host_ed25519_key")).code).not.toBe(0);
    expect((await ssh(agent, one, "rm -f /etc/medforge/authorized_keys")).code).not.toBe(0);
    expect((await ssh(agent, one, "cat /proc/*/environ | tr '\\0' '\\n' | sort -u")).stdout).not.toContain(
      two.input.slug,
    );
    const uid = (await run(["stat", "-c", "%u", agent.context.configs.path(one.input.slug)])).stdout.trim();
    expect(Number(uid)).toBeGreaterThan(0);
  });

  it("ends what exceeds its memory", { timeout: slow }, async () => {
    const eat = await ssh(agent, one, "python3 -c 'b = bytearray(900 * 1024 * 1024)'; echo $?");
    expect(eat.stdout.trim()).not.toBe("0");
  });

  it("passes files and gives a terminal", { timeout: slow }, async () => {
    expect((await ssh(agent, one, "script -qec tty /dev/null")).stdout).toContain("/dev/pts/");
    expect(
      (await ssh(agent, one, "git --version && python3 -c 'import venv, ensurepip' && curl --version")).code,
    ).toBe(0);
  });
});
