import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { isIP } from "node:net";
import { dirname } from "node:path";
import { z } from "zod";
import { newPublicId } from "@/lib/kernel/ids";
import { issueText } from "@/lib/kernel/issue-text";
import { httpsOrigin, internalOrigin, none, type SetupEnv, tlsModes, zone } from "./env";
import { SetupError } from "./errors";
import type { Layout } from "./layout";

/** What the operator chose at the first run, and may change later by environment or flag. */
const schema = z.object({
  /** Makes names on the host (pool, containerd namespace, stand-in GPUs) this installation's own. */
  seed: z.string(),
  port: z.number().int().min(1).max(65535),
  /** Null: https://localhost:<port>. */
  url: httpsOrigin.nullable(),
  /** Null: `internal.` before the URL's host, where that is a name; "none": no internal surface. */
  internalUrl: internalOrigin.nullable().default(null),
  /** The one address that serves the internal surface; null: wherever the external one is served. */
  internalBind: z.string().nullable().default(null),
  tls: z.enum(tlsModes).default("local"),
  /** With `tls` acme: whom the authority writes to. */
  tlsEmail: z.string().nullable().default(null),
  /** With `tls` acme: the authority's directory; null: Let's Encrypt's. */
  acmeCa: z.string().nullable().default(null),
  /** With `tls` acme: file with the root behind that directory; null: the host's own roots. */
  acmeRoot: z.string().nullable().default(null),
  /** With `tls` files: where the lab keeps its certificate and key. */
  tlsCert: z.string().nullable().default(null),
  tlsKey: z.string().nullable().default(null),
  /** Null: the host part of the URL. */
  sshHost: z.string().nullable(),
  sshBind: z.string(),
  externalSubnet: z.string().nullable(),
  // Settings of an older version don't have these.
  internalSubnet: z.string().nullable().default(null),
  probeInternet: z.string().nullable().default(null),
  sessionDns: z.string().nullable(),
  /** Null: real GPUs where nvidia-smi shows some, else `defaultSimulatedGpus`. */
  simulatedGpus: z.number().int().min(0).max(64).nullable(),
  /** Null: a pool in a file in the data folder. */
  zfsParent: z.string().nullable(),
  poolSizeGb: z.number().int().nullable(),
  /** Null: an engine of this installation's own. */
  dockerHost: z.string().nullable(),
  /** Null: a private MariaDB. */
  databaseUrl: z.string().nullable(),
  /** IANA zone that times are shown in; null: web's default. */
  zone: zone.nullable(),
  /** Submissions that are scored at once; null: one less than there are processors. */
  scorerJobs: z.number().int().min(1).max(64).nullable().default(null),
  /** What one of them may take, in MiB; null: the worker's default. */
  scorerMemoryMb: z.number().int().min(256).max(65_536).nullable().default(null),
  logLevel: z.enum(["debug", "info", "warn", "error"]),
  /** Loopback ports between the parts; chosen anew when something else took one. */
  webPort: z.number().int(),
  wakePort: z.number().int(),
  /** Where Prometheus asks the worker; installations of before have none yet. */
  metricsPort: z.number().int().default(0),
  /** It was asked for, so that Prometheus knows it: then no other takes its place. */
  metricsPortGiven: z.boolean().default(false),
});

export type Config = z.output<typeof schema>;

export const defaultPort = 8443;

export interface Flags {
  port?: number;
}

/** Each bad setting by its name, or what else is wrong with the file. */
function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

/** @returns undefined before the first run. @throws SetupError when the file is damaged. */
export function readConfig(layout: Layout): Config | undefined {
  if (!existsSync(layout.configFile)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(layout.configFile, "utf8")), { error: issueText });
  } catch (error) {
    throw new SetupError(
      `${layout.configFile} can't be read as this version's settings: ${problemOf(error)}`,
      "Correct that value in the file, or move it away: `up` writes a new one with defaults (the data stays).",
      error,
    );
  }
}

/** The seed of an installation whose settings were moved away; undefined before the first run. */
export function readSeed(layout: Layout): string | undefined {
  if (!existsSync(layout.seedFile)) return undefined;
  return readFileSync(layout.seedFile, "utf8").trim() || undefined;
}

/** The new value over the kept one; "none" clears it. */
function orNone(given: string | undefined, kept: string | null | undefined): string | null {
  return given === none ? null : (given ?? kept ?? null);
}

/** The settings of surfaces and certificates. */
function mergeEdge(kept: Config | undefined, env: SetupEnv) {
  return {
    internalUrl: env.MEDFORGE_INTERNAL_URL?.replace(/\/+$/, "") ?? kept?.internalUrl ?? null,
    internalBind: orNone(env.MEDFORGE_INTERNAL_BIND, kept?.internalBind),
    tls: env.MEDFORGE_TLS ?? kept?.tls ?? "local",
    tlsEmail: env.MEDFORGE_TLS_EMAIL ?? kept?.tlsEmail ?? null,
    acmeCa: env.MEDFORGE_ACME_CA ?? kept?.acmeCa ?? null,
    acmeRoot: env.MEDFORGE_ACME_ROOT ?? kept?.acmeRoot ?? null,
    tlsCert: env.MEDFORGE_TLS_CERT ?? kept?.tlsCert ?? null,
    tlsKey: env.MEDFORGE_TLS_KEY ?? kept?.tlsKey ?? null,
  };
}

/** The ports on loopback; 0 until one is chosen. */
function mergeInnerPorts(kept: Config | undefined, env: SetupEnv) {
  return {
    webPort: kept?.webPort ?? 0,
    wakePort: kept?.wakePort ?? 0,
    metricsPort: env.MEDFORGE_METRICS_PORT ?? kept?.metricsPort ?? 0,
    metricsPortGiven: env.MEDFORGE_METRICS_PORT !== undefined || (kept?.metricsPortGiven ?? false),
  };
}

/** Flag over environment over what was kept over default. */
export function mergeConfig(kept: Config | undefined, env: SetupEnv, flags: Flags, seed?: string): Config {
  return {
    seed: kept?.seed ?? seed ?? newPublicId("ins"),
    port: flags.port ?? env.MEDFORGE_PORT ?? kept?.port ?? defaultPort,
    url: env.MEDFORGE_URL?.replace(/\/+$/, "") ?? kept?.url ?? null,
    ...mergeEdge(kept, env),
    sshHost: env.MEDFORGE_SSH_HOST ?? kept?.sshHost ?? null,
    sshBind: env.MEDFORGE_SSH_BIND ?? kept?.sshBind ?? "0.0.0.0",
    externalSubnet: env.MEDFORGE_EXTERNAL_SUBNET ?? kept?.externalSubnet ?? null,
    internalSubnet: env.MEDFORGE_INTERNAL_SUBNET ?? kept?.internalSubnet ?? null,
    probeInternet: env.MEDFORGE_PROBE_INTERNET ?? kept?.probeInternet ?? null,
    sessionDns: env.MEDFORGE_SESSION_DNS ?? kept?.sessionDns ?? null,
    simulatedGpus: env.MEDFORGE_SIMULATED_GPUS ?? kept?.simulatedGpus ?? null,
    zfsParent: env.MEDFORGE_ZFS_PARENT ?? kept?.zfsParent ?? null,
    poolSizeGb: env.MEDFORGE_POOL_SIZE_GB ?? kept?.poolSizeGb ?? null,
    dockerHost: env.MEDFORGE_DOCKER_HOST ?? kept?.dockerHost ?? null,
    databaseUrl: env.DATABASE_URL ?? kept?.databaseUrl ?? null,
    zone: env.MEDFORGE_ZONE ?? kept?.zone ?? null,
    scorerJobs: env.MEDFORGE_SCORER_JOBS ?? kept?.scorerJobs ?? null,
    scorerMemoryMb: env.MEDFORGE_SCORER_MEMORY_MB ?? kept?.scorerMemoryMb ?? null,
    logLevel: env.MEDFORGE_LOG_LEVEL ?? kept?.logLevel ?? "info",
    ...mergeInnerPorts(kept, env),
  };
}

/**
 * Written beside and renamed, so that an interrupted write leaves the old file, and on disk when this returns; 0600,
 * since a URL may hold a password.
 */
export function writePrivateFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    fchmodSync(file, 0o600);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

export function writeConfig(layout: Layout, config: Config): void {
  if (readSeed(layout) !== config.seed) writePrivateFile(layout.seedFile, `${config.seed}\n`);
  writePrivateFile(layout.configFile, `${JSON.stringify(config, null, 2)}\n`);
}

/** The origin people open. */
export function urlOf(config: Config): string {
  return config.url ?? `https://localhost:${config.port}`;
}

/** The origin of the internal surface; null where there is none. */
export function internalUrlOf(config: Config): string | null {
  if (config.internalUrl === none) return null;
  if (config.internalUrl !== null) return config.internalUrl;
  const { host, hostname } = new URL(urlOf(config));
  return isAddress(hostname) ? null : `https://internal.${host}`;
}

/** Whether a URL's host is an address and no name. */
export function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}

export function sshHostOf(config: Config): string {
  return config.sshHost ?? new URL(urlOf(config)).hostname;
}

/** Eight characters that tell this installation's things on the host from another's. */
export function shortNameOf(config: Config): string {
  return config.seed.slice(-8);
}
