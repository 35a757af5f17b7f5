import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context";
import { databaseUrlOf } from "../secrets";
import { asUser, type Part, partEnv, privateUmask, type Release } from "./part";
import { scorerJobs } from "./scorer";

const startMs = 60_000;
/** It puts down what it is at; the next worker takes it up again, in ms. */
const stopMs = 30_000;

/** Whether something holds this UDP port on loopback. */
function udpPortTaken(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/udp", "utf8")
    .split("\n")
    .some((line) => (line.trim().split(/\s+/)[1] ?? "").endsWith(wanted));
}

export function workerPart({ layout, config }: Context, { node, folder }: Release): Part {
  // Where sessions' ports are published is where they are looked for.
  const probe = config.sshBind === "0.0.0.0" ? "127.0.0.1" : config.sshBind;
  return {
    name: "worker",
    argv: asUser({ user: "medforge-worker", groups: ["medforge-db"] }, [
      node,
      "--enable-source-maps",
      join(folder, "worker.mjs"),
    ]),
    env: partEnv({
      DATABASE_URL: databaseUrlOf(config, layout, "worker"),
      MEDFORGE_AGENT_SOCKET: layout.agentSocket,
      MEDFORGE_SCORER_SOCKET: layout.scorerSocket,
      MEDFORGE_SCORER_JOBS: String(scorerJobs(config)),
      ...(config.scorerMemoryMb === null ? {} : { MEDFORGE_SCORER_MEMORY_MB: String(config.scorerMemoryMb) }),
      MEDFORGE_SSH_PROBE_HOST: probe,
      MEDFORGE_WAKE_PORT: String(config.wakePort),
      MEDFORGE_METRICS_PORT: String(config.metricsPort),
      MEDFORGE_LOG_LEVEL: config.logLevel,
      ...(config.zone === null ? {} : { MEDFORGE_ZONE: config.zone }),
    }),
    cwd: "/",
    umask: privateUmask,
    async ready() {
      return udpPortTaken(config.wakePort) ? null : `it does not listen on UDP port ${config.wakePort} yet`;
    },
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
