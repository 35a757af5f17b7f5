import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Config } from "./config";
import { SetupError } from "./errors";
import { tryRun } from "./exec";
import type { Layout } from "./layout";
import type { PartName } from "./parts/part";
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

/** Where the edge finds its settings: the folder tells whose it is. */
const edgeConfig = /^--config=(.+)\/run\/Caddyfile$/;

/** Of which data folder's MedForge a process is the edge, or undefined. */
function installationOf(pid: number): string | undefined {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return argv.map((word) => edgeConfig.exec(word)?.[1]).find((dir) => dir !== undefined);
  } catch {
    // Ended while we looked.
    return undefined;
  }
}

/** Which program listens on a port, as far as the host tells. */
async function holderOf(port: number): Promise<string> {
  const answer = await tryRun(["ss", "-H", "-l", "-t", "-n", "-p", `sport = :${port}`]);
  const names = [...answer.stdout.matchAll(/\("([^"]+)",pid=(\d+)/g)].map(([, name, pid]) => {
    const dir = installationOf(Number(pid));
    return `${name} (pid ${pid}${dir === undefined ? "" : `, of the MedForge in ${dir}`})`;
  });
  return names.length === 0 ? "another program" : [...new Set(names)].join(", ");
}

/** Refuses a port that somebody asked for and another program has. @param how what chooses another */
async function refuseTaken(what: string, port: number, host: string, how: string): Promise<void> {
  if (await tcpFree(port, host)) return;
  throw new SetupError(
    `${what} ${port} is taken by ${await holderOf(port)}.`,
    `Stop that program, or choose another port with ${how}.`,
  );
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
 * Checks the ports that were asked for and settles the others: kept while they are free or held by our own part.
 * @throws SetupError when something else has one that was asked for.
 */
export async function settlePorts(layout: Layout, config: Config): Promise<Config> {
  const loopback = (port: number) => tcpFree(port, "127.0.0.1");
  const runs = (name: PartName) => findChild(layout, name) !== undefined;
  const workerRuns = runs("worker");
  if (!runs("caddy")) await refuseTaken("Port", config.port, "0.0.0.0", "--port");
  if (config.metricsPortGiven && !workerRuns) {
    await refuseTaken("The metrics port", config.metricsPort, "127.0.0.1", "MEDFORGE_METRICS_PORT");
  }
  const keepWeb = config.webPort > 0 && (runs("web") || (await loopback(config.webPort)));
  const keepWake = config.wakePort > 0 && (workerRuns || (await udpFree(config.wakePort)));
  const keepMetrics = config.metricsPort > 0 && (workerRuns || (await loopback(config.metricsPort)));
  return {
    ...config,
    metricsPort: keepMetrics ? config.metricsPort : await choose(loopback),
    webPort: keepWeb ? config.webPort : await choose(loopback),
    wakePort: keepWake ? config.wakePort : await choose(udpFree),
  };
}
