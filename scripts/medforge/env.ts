import { isIP } from "node:net";
import { z } from "zod";
import { readEnv, unknownNames } from "@/lib/kernel/env";
import { isZone, shiftsByWholeHours } from "@/lib/kernel/zone-names";
import { SetupError } from "./errors";

/** Digits alone: coercion would take the empty text for 0. */
function wholeNumber(least: number, most: number) {
  const message = `give a whole number from ${least} to ${most}`;
  const within = (value: number) => value >= least && value <= most;
  return z.string().regex(/^\d+$/, message).transform(Number).refine(within, message);
}

const port = wholeNumber(1, 65535);

function isHttpsOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return protocol === "https:" && pathname === "/" && `${search}${hash}${username}` === "";
}

export const httpsOrigin = z
  .string()
  .refine(isHttpsOrigin, "give an origin such as https://gpu.example.edu, without a path");

/** Says that there shall be none, where leaving a setting out means its default or what was kept. */
export const none = "none";

export const internalOrigin = z
  .string()
  .refine(
    (text) => text === none || isHttpsOrigin(text),
    "give an origin such as https://internal.gpu.example.edu, without a path, or none",
  );

const bindAddress = z
  .string()
  .refine((text) => text === none || isIP(text) !== 0, "give one address of this host, or none");

/** Whose certificate people see: Caddy's own authority's, one from an ACME authority, or files of the lab's. */
export const tlsModes = ["local", "acme", "files"] as const;

const absolutePath = z.string().startsWith("/", "give an absolute path");

const addressAndPort = z.string().refine((text) => {
  const [address = "", port = ""] = text.split(":");
  return z.ipv4().safeParse(address).success && /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;
}, "give an IPv4 address and a port, such as 1.1.1.1:443");

export const zone = z
  .string()
  .refine(isZone, {
    message: "give an IANA time zone such as Europe/Berlin (timedatectl list-timezones)",
    abort: true,
  })
  .refine(
    shiftsByWholeHours,
    "its clocks change by less than an hour, so its weeks have no whole hours to sell; choose another zone",
  );

const schema = z.object({
  /** Default of `--data`. */
  MEDFORGE_DATA: z.string().min(1).optional(),
  MEDFORGE_URL: httpsOrigin.optional(),
  MEDFORGE_INTERNAL_URL: internalOrigin.optional(),
  MEDFORGE_INTERNAL_BIND: bindAddress.optional(),
  MEDFORGE_TLS: z.enum(tlsModes, `give ${tlsModes.slice(0, -1).join(", ")} or ${tlsModes.at(-1)}`).optional(),
  MEDFORGE_TLS_EMAIL: z.email().optional(),
  MEDFORGE_TLS_CERT: absolutePath.optional(),
  MEDFORGE_TLS_KEY: absolutePath.optional(),
  MEDFORGE_ACME_CA: z.url({ protocol: /^https$/ }).optional(),
  MEDFORGE_ACME_ROOT: absolutePath.optional(),
  MEDFORGE_SSH_HOST: z.string().min(1).optional(),
  MEDFORGE_SSH_BIND: z.ipv4().optional(),
  MEDFORGE_EXTERNAL_SUBNET: z.cidrv4().optional(),
  MEDFORGE_INTERNAL_SUBNET: z.cidrv4().optional(),
  MEDFORGE_PROBE_INTERNET: addressAndPort.optional(),
  MEDFORGE_SESSION_DNS: z.string().min(1).optional(),
  MEDFORGE_SIMULATED_GPUS: wholeNumber(0, 64).optional(),
  MEDFORGE_ZFS_PARENT: z.string().min(1).optional(),
  MEDFORGE_POOL_SIZE_GB: wholeNumber(1, 1_000_000).optional(),
  MEDFORGE_DOCKER_HOST: z.string().min(1).optional(),
  MEDFORGE_ADMIN_EMAIL: z.email().optional(),
  MEDFORGE_ZONE: zone.optional(),
  MEDFORGE_SCORER_JOBS: wholeNumber(1, 64).optional(),
  MEDFORGE_SCORER_MEMORY_MB: wholeNumber(256, 65_536).optional(),
  MEDFORGE_METRICS_PORT: port.optional(),
  MEDFORGE_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"], "give debug, info, warn or error")
    .optional(),
  /** A database elsewhere instead of the private one. */
  DATABASE_URL: z.string().min(1).optional(),
  /** Where expensive results that depend on content alone are kept; `test` shares one between its worlds. */
  MEDFORGE_CACHE: z.string().min(1).optional(),
  MEDFORGE_PORT: port.optional(),
  http_proxy: z.string().optional(),
  https_proxy: z.string().optional(),
  no_proxy: z.string().optional(),
  CI: z.string().optional(),
  /** Where tests find reference data that is no part of the project. */
  MEDFORGE_TEST_DATA: z.string().min(1).optional(),
  HOME: z.string().default("/root"),
  SHELL: z.string().default("/bin/bash"),
  TERM: z.string().default("dumb"),
});

export type SetupEnv = z.output<typeof schema>;

/** What `test` tells the tests, which run commands too. */
const ofTests = "MEDFORGE_TEST_";

function refuseUnknown(): void {
  const known = new Set(Object.keys(schema.shape));
  const unknown = unknownNames("MEDFORGE_", known).filter((name) => !name.startsWith(ofTests));
  if (unknown.length === 0) return;
  throw new SetupError(
    `There is no setting ${unknown.join(" and no setting ")}.`,
    "docs/runbook.md lists the settings. Correct or unset it and run this again; nothing was changed.",
  );
}

/** @throws SetupError naming each malformed variable, and each that looks like a setting and is none. */
export function setupEnv(): SetupEnv {
  refuseUnknown();
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

/** What of the caller's environment the programs of a test world get beside the basics. */
export function givenToTests(): Record<string, string> {
  const { CI, HOME, SHELL, TERM, MEDFORGE_TEST_DATA } = setupEnv();
  return {
    ...{ HOME, SHELL, TERM },
    ...(CI === undefined ? {} : { CI }),
    ...(MEDFORGE_TEST_DATA === undefined ? {} : { MEDFORGE_TEST_DATA }),
  };
}
