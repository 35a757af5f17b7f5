import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context";
import { dockerSocketOf } from "../docker/engine";
import { ask } from "../http";
import { nvidiaSmiOf } from "../steps/gpus";
import { zfsParentOf } from "../zfs/pool";
import { enginePidFile } from "./docker";
import { type Part, partEnv, type Release, rootUmask } from "./part";

const startMs = 60_000;
/** It finishes the verb at hand; the longest waits for a session's grace period, in ms. */
const stopMs = 60_000;

/** The one part of ours that stays root. Runs only what the root-owned release holds. */
export async function agentPart(context: Context, { node, folder }: Release): Promise<Part> {
  const { layout, config } = context;
  const env = {
    MEDFORGE_AGENT_SOCKET: layout.agentSocket,
    MEDFORGE_AGENT_STATE_DIR: layout.agentState,
    MEDFORGE_DOCKER_SOCKET: dockerSocketOf(config, layout),
    ...(config.dockerHost === null ? { MEDFORGE_DOCKER_PID_FILE: enginePidFile(context) } : {}),
    MEDFORGE_ZFS_PARENT: zfsParentOf(config),
    MEDFORGE_SSH_BIND: config.sshBind,
    MEDFORGE_PROBE_PROGRAM: join(folder, "probe.mjs"),
    MEDFORGE_NVIDIA_SMI: await nvidiaSmiOf(context),
    MEDFORGE_LOG_LEVEL: config.logLevel,
    ...(config.externalSubnet === null ? {} : { MEDFORGE_EXTERNAL_SUBNET: config.externalSubnet }),
    ...(config.internalSubnet === null ? {} : { MEDFORGE_INTERNAL_SUBNET: config.internalSubnet }),
    ...(config.probeInternet === null ? {} : { MEDFORGE_PROBE_INTERNET: config.probeInternet }),
    ...(config.sessionDns === null ? {} : { MEDFORGE_SESSION_DNS: config.sessionDns }),
  };
  return {
    name: "agent",
    argv: [node, "--enable-source-maps", join(folder, "agent.mjs")],
    env: partEnv(env),
    cwd: "/",
    umask: rootUmask,
    async prepare() {
      rmSync(layout.agentSocket, { force: true });
    },
    async ready() {
      if (!existsSync(layout.agentSocket)) return "its socket is not there yet";
      try {
        const target = {
          socketPath: layout.agentSocket,
          path: "/v1/health",
          method: "POST",
          body: "{}",
        } as const;
        const answer = await ask(target);
        return answer.status === 200 ? null : `health answered ${answer.status}: ${answer.text}`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
