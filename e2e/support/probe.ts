import { randomBytes } from "node:crypto";
import { connect, createServer } from "node:net";
import type { SessionView } from "@/lib/sessions/model";
import { containerName, docker } from "./host";
import type { Person } from "./people";
import { outcome, output } from "./run";
import { ssh } from "./ssh";

export interface Target {
  /** For the failure message. */
  what: string;
  address: string;
  port: number;
}

/** A packet that is dropped is given up after this, in s; an open port answers in well under a millisecond. */
const giveUpSeconds = 2;

/**
 * Which of the targets a program inside the session can open a TCP connection to. All are tried at once.
 * @returns their descriptions
 */
export async function reachableFrom(
  person: Person,
  session: SessionView,
  targets: readonly Target[],
): Promise<string[]> {
  const tries = targets.map(({ address, port }, index) => {
    const connect = `exec 3<>/dev/tcp/${address}/${port}`;
    return `(timeout ${giveUpSeconds} bash -c '${connect}' 2>/dev/null && echo open ${index}) &`;
  });
  const told = await ssh(person, session, "bash -s", { stdin: `${tries.join("\n")}\nwait\n` });
  return opened(told, targets);
}

/**
 * Which of the host's loopback ports can be reached by an attacker who became root of the session's whole network
 * stack: enters it from the host, takes 127.0.0.1 for a destination on the wire and sends it to the gateway. Breaks the
 * session's own loopback; once per session.
 * @returns the ports at which packets arrived on the host, and those that could be opened
 */
export async function reachableByLoopbackTrick(
  session: SessionView,
  ports: readonly number[],
): Promise<{ arrived: number[]; open: number[] }> {
  const pid = (await docker("inspect", "--format", "{{.State.Pid}}", containerName(session.slug))).trim();
  const inside = (...argv: string[]) => output(["nsenter", "--target", pid, "--net", "--", ...argv]);
  const gateway = /via (\S+)/.exec(await inside("ip", "route", "show", "default"))?.[1] ?? "";
  const table = String(100 + (randomBytes(1)[0] ?? 0));
  // Asked before the kernel's own table, which would keep the address inside.
  await inside("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1", "net.ipv4.conf.eth0.route_localnet=1");
  await inside("ip", "rule", "add", "to", "127.0.0.1", "lookup", table, "priority", "1");
  await inside("ip", "rule", "add", "lookup", "local", "priority", "2");
  await inside("ip", "rule", "del", "lookup", "local", "priority", "0");
  await inside("ip", "route", "add", "127.0.0.1/32", "via", gateway, "dev", "eth0", "table", table);
  const open: number[] = [];
  const arrived: number[] = [];
  for (const port of ports) {
    const connect = ["timeout", String(giveUpSeconds), "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`];
    const tried = () => outcome(["nsenter", "--target", pid, "--net", "--", ...connect]);
    const { packets, result } = await countingArrivals(port, tried);
    if (packets > 0) arrived.push(port);
    if (result.code === 0) open.push(port);
  }
  return { arrived, open };
}

/** How many packets for a loopback port come in from other interfaces meanwhile, before the host decides on them. */
async function countingArrivals<T>(
  port: number,
  work: () => Promise<T>,
): Promise<{ packets: number; result: T }> {
  const match = ["!", "-i", "lo", "-d", "127.0.0.1", "-p", "tcp", "--dport", String(port)];
  const rule = ["PREROUTING", ...match, "-m", "comment", "--comment", `mf-e2e-${port}`];
  const raw = (...argv: string[]) => output(["iptables", "-w", "-t", "raw", ...argv]);
  await raw("-A", ...rule);
  try {
    const result = await work();
    const line = (await raw("-L", "PREROUTING", "-v", "-x", "-n")).split("\n");
    const counted = line
      .find((text) => text.includes(`mf-e2e-${port}`))
      ?.trim()
      .split(/\s+/)[0];
    return { packets: Number(counted), result };
  } finally {
    await raw("-D", ...rule);
  }
}

function opened(told: string, targets: readonly Target[]): string[] {
  const indexes = [...told.matchAll(/^open (\d+)$/gm)].map((match) => Number(match[1]));
  return indexes.sort((a, b) => a - b).map((index) => targets[index]?.what ?? "");
}

function canConnect({ address, port }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: giveUpSeconds * 1000 });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", end(true)).once("timeout", end(false)).once("error", end(false));
  });
}

/** Which of the targets the host itself can open a TCP connection to. @returns their descriptions */
export async function reachableFromHost(targets: readonly Target[]): Promise<string[]> {
  const open = await Promise.all(targets.map(canConnect));
  return targets.filter((_target, index) => open[index]).map(({ what }) => what);
}

/** A program of the host that listens. */
export interface Listener {
  port: number;
  close(): Promise<void>;
}

/** Listens on the host until closed, so that "can't be reached" is said of something that is there. */
export function listenOn(address: string): Promise<Listener> {
  const server = createServer((socket) => {
    // A prober that resets the connection has seen enough.
    socket.on("error", () => socket.destroy());
    socket.end("host\n");
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, address, () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string") return reject(new Error("not a TCP address"));
      resolve({
        port: bound.port,
        close: () => new Promise((done, failed) => server.close((error) => (error ? failed(error) : done()))),
      });
    });
  });
}
