import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Config } from "./config";
import { SetupError } from "./errors";
import { tryRun } from "./exec";
import type { Layout } from "./layout";
import { findChild } from "./supervisor/child";

/** Loopback ports between parts lie here: below the range that Linux gives to outgoing connections (32768–60999). */
const innerPorts = { first: 20_000, count: 10_000 };

function tcpFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** Which program listens on a port, as far as the host tells. */
async function holderOf(port: number): Promise<string> {
  const answer = await tryRun(["ss", "-H", "-l", "-t", "-n", "-p", `sport = :${port}`]);
  const names = [...answer.stdout.matchAll(/\("([^"]+)",pid=(\d+)/g)].map(
    ([, name, pid]) => `${name} (pid ${pid})`,
  );
  return names.length === 0 ? "another program" : [...new Set(names)].join(", ");
}

async function choose(isFree: (port: number) => Promise<boolean>): Promise<number> {
  const start = Math.floor(Math.random() * innerPorts.count);
  for (let step = 0; step < innerPorts.count; step++) {
    const port = innerPorts.first + ((start + step) % innerPorts.count);
    if (await isFree(port)) return port;
  }
  throw new SetupError(
    `No free port on loopback from ${innerPorts.first} to ${innerPorts.first + innerPorts.count - 1}.`,
    "Stop what holds them (ss -ltnp).",
  );
}

/**
 * Checks the HTTPS port and settles the inner ones: kept while they are free or held by our own part.
 * @throws SetupError when something else has the HTTPS port.
 */
export async function settlePorts(layout: Layout, config: Config): Promise<Config> {
  if (!findChild(layout, "caddy") && !(await tcpFree(config.port, "0.0.0.0"))) {
    throw new SetupError(
      `Port ${config.port} is taken by ${await holderOf(config.port)}.`,
      "Stop that program, or choose another port with --port.",
    );
  }
  const loopback = (port: number) => tcpFree(port, "127.0.0.1");
  const workerRuns = findChild(layout, "worker") !== undefined;
  const keepWeb =
    config.webPort > 0 && (findChild(layout, "web") !== undefined || (await loopback(config.webPort)));
  const keepWake = config.wakePort > 0 && (workerRuns || (await udpFree(config.wakePort)));
  const keepMetrics = config.metricsPort > 0 && (workerRuns || (await loopback(config.metricsPort)));
  return {
    ...config,
    metricsPort: keepMetrics ? config.metricsPort : await choose(loopback),
    webPort: keepWeb ? config.webPort : await choose(loopback),
    wakePort: keepWake ? config.wakePort : await choose(udpFree),
  };
}
