import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";

const port = z.coerce.number().int().min(1).max(65535);

const schema = z.object({
  /** Default of `--data`. */
  MEDFORGE_DATA: z.string().optional(),
  MEDFORGE_URL: z.url({ protocol: /^https$/ }).optional(),
  MEDFORGE_SSH_HOST: z.string().min(1).optional(),
  MEDFORGE_SSH_BIND: z.ipv4().optional(),
  MEDFORGE_EXTERNAL_SUBNET: z.cidrv4().optional(),
  MEDFORGE_SESSION_DNS: z.string().optional(),
  MEDFORGE_SIMULATED_GPUS: z.coerce.number().int().min(0).max(16).optional(),
  MEDFORGE_ZFS_PARENT: z.string().optional(),
  MEDFORGE_POOL_SIZE_GB: z.coerce.number().int().min(1).optional(),
  MEDFORGE_DOCKER_HOST: z.string().optional(),
  MEDFORGE_ADMIN_EMAIL: z.email().optional(),
  MEDFORGE_ZONE: z.string().optional(),
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).optional(),
  /** A database elsewhere instead of the private one. */
  DATABASE_URL: z.string().optional(),
  /** Where expensive results that depend on content alone are kept; `test` shares one between its worlds. */
  MEDFORGE_CACHE: z.string().optional(),
  MEDFORGE_PORT: port.optional(),
  SUDO_USER: z.string().optional(),
  CI: z.string().optional(),
  HOME: z.string().default("/root"),
  SHELL: z.string().default("/bin/bash"),
  TERM: z.string().default("dumb"),
});

export type SetupEnv = z.output<typeof schema>;

/** @throws Error naming each malformed variable. */
export function setupEnv(): SetupEnv {
  return readEnv(schema);
}
