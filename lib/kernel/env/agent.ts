import { z } from "zod";
import { readEnv } from "../env";

const absolutePath = z.string().regex(/^\/[^\0]*$/, "must be an absolute path");

const schema = z.object({
  /** Created by the agent, mode 0660, inside a 0750 root:medforge-worker folder that set-up makes. */
  MEDFORGE_AGENT_SOCKET: absolutePath,
  /** Group that may open the socket. */
  MEDFORGE_AGENT_SOCKET_GROUP: z.string().min(1).default("medforge-worker"),
  /** Root-owned folder for host keys and authorised keys; nothing of it lies inside a workspace. */
  MEDFORGE_AGENT_STATE_DIR: absolutePath,
  MEDFORGE_DOCKER_SOCKET: absolutePath,
  /** The engine's pid file, given where a supervisor starts the engine again when it ends. */
  MEDFORGE_DOCKER_PID_FILE: absolutePath.optional(),
  /** Dataset below which workspaces are made, e.g. `tank/medforge`. */
  MEDFORGE_ZFS_PARENT: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*(\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/),
  MEDFORGE_EXTERNAL_SUBNET: z.cidrv4().default("172.30.0.0/24"),
  MEDFORGE_INTERNAL_SUBNET: z.cidrv4().default("172.30.1.0/24"),
  /** System user that internal sessions' SSH forwards run as; used for nothing else. */
  MEDFORGE_FORWARD_USER: z.string().min(1).default("medforge-forward"),
  /** The program that is run inside a session's network to try what can be reached. */
  MEDFORGE_PROBE_PROGRAM: absolutePath,
  /** An address and port on the internet that external sessions should reach and internal ones must not. */
  MEDFORGE_PROBE_INTERNET: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}:\d{1,5}$/, "must be an IPv4 address and a port")
    .default("1.1.1.1:443"),
  /** Address on which session SSH ports are published. */
  MEDFORGE_SSH_BIND: z.ipv4().default("0.0.0.0"),
  /** Resolvers for external sessions, comma-separated; empty means the host's own, when they are not on loopback. */
  MEDFORGE_SESSION_DNS: z.string().default(""),
  /** The nvidia-smi to ask; set-up points it at the stand-in when GPUs are simulated. */
  MEDFORGE_NVIDIA_SMI: absolutePath.default("/usr/bin/nvidia-smi"),
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type AgentEnv = z.output<typeof schema>;

/** @throws Error naming each missing or malformed variable. */
export function agentEnv(): AgentEnv {
  return readEnv(schema);
}
