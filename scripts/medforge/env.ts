import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";
import { SetupError } from "./errors";

/** Digits alone: coercion would take the empty text for 0. */
function wholeNumber(least: number, most: number) {
  const message = `give a whole number from ${least} to ${most}`;
  const within = (value: number) => value >= least && value <= most;
  return z.string().regex(/^\d+$/, message).transform(Number).refine(within, message);
}

const port = wholeNumber(1, 65535);

export const httpsOrigin = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return protocol === "https:" && pathname === "/" && `${search}${hash}${username}` === "";
}, "give an origin such as https://gpu.example.edu, without a path");

export const zone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    // RangeError: no such zone.
    return false;
  }
}, "give an IANA time zone such as Europe/Berlin (timedatectl list-timezones)");

const schema = z.object({
  /** Default of `--data`. */
  MEDFORGE_DATA: z.string().min(1).optional(),
  MEDFORGE_URL: httpsOrigin.optional(),
  MEDFORGE_SSH_HOST: z.string().min(1).optional(),
  MEDFORGE_SSH_BIND: z.ipv4().optional(),
  MEDFORGE_EXTERNAL_SUBNET: z.cidrv4().optional(),
  MEDFORGE_SESSION_DNS: z.string().min(1).optional(),
  MEDFORGE_SIMULATED_GPUS: wholeNumber(0, 64).optional(),
  MEDFORGE_ZFS_PARENT: z.string().min(1).optional(),
  MEDFORGE_POOL_SIZE_GB: wholeNumber(1, 1_000_000).optional(),
  MEDFORGE_DOCKER_HOST: z.string().min(1).optional(),
  MEDFORGE_ADMIN_EMAIL: z.email().optional(),
  MEDFORGE_ZONE: zone.optional(),
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).optional(),
  /** A database elsewhere instead of the private one. */
  DATABASE_URL: z.string().min(1).optional(),
  /** Where expensive results that depend on content alone are kept; `test` shares one between its worlds. */
  MEDFORGE_CACHE: z.string().min(1).optional(),
  MEDFORGE_PORT: port.optional(),
  http_proxy: z.string().optional(),
  https_proxy: z.string().optional(),
  no_proxy: z.string().optional(),
  CI: z.string().optional(),
  HOME: z.string().default("/root"),
  SHELL: z.string().default("/bin/bash"),
  TERM: z.string().default("dumb"),
});

export type SetupEnv = z.output<typeof schema>;

/** @throws SetupError naming each malformed variable. */
export function setupEnv(): SetupEnv {
  try {
    return readEnv(schema);
  } catch (error) {
    throw new SetupError(
      error instanceof Error ? error.message : String(error),
      "Correct or unset them and run this again; nothing was changed.",
      error,
    );
  }
}
