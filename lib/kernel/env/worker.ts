import { z } from "zod";
import { readEnv } from "../env";
import { zoneSetting } from "./zone";

const schema = z.object({
  DATABASE_URL: z.string().min(1),
  MEDFORGE_AGENT_SOCKET: z.string().min(1),
  /** Where the worker reaches a session's published SSH port to see that sshd answers. */
  MEDFORGE_SSH_PROBE_HOST: z.string().min(1).default("127.0.0.1"),
  MEDFORGE_WAKE_PORT: z.coerce.number().int().min(1).max(65535),
  /** Weeks of GPU time begin at its Saturday midnights. */
  MEDFORGE_ZONE: zoneSetting,
  MEDFORGE_SCORER_SOCKET: z.string().min(1),
  /** Submissions that this worker has scored at once. */
  MEDFORGE_SCORER_JOBS: z.coerce.number().int().min(1).max(64),
  /** All that scoring one of them may hold in memory, in MiB. */
  MEDFORGE_SCORER_MEMORY_MB: z.coerce.number().int().min(256).max(65_536).default(1_024),
  /** TCP port on loopback where Prometheus asks; without it nobody can. */
  MEDFORGE_METRICS_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type WorkerEnv = z.output<typeof schema>;

/** @throws Error naming each missing or malformed variable. */
export function workerEnv(): WorkerEnv {
  return readEnv(schema);
}
