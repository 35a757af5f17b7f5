import { readFileSync } from "node:fs";
import { type Config, internalUrlOf, isAddress, urlOf } from "../config";
import { SetupError } from "../errors";
import { pairFault, parseCertificates } from "./certificate";

/** Hosts that our own probes reach the edge by, with a certificate of the local authority. */
const loopbackHosts = ["localhost", "127.0.0.1", "[::1]"];
/** Not one address that a network could be kept away from. */
const unseparated = ["127.0.0.1", "::1", "0.0.0.0", "::"];

/** Hosts of the addresses that people open, as URLs spell them. */
export function openedHosts(config: Config): string[] {
  const internal = internalUrlOf(config);
  return [urlOf(config), ...(internal === null ? [] : [internal])].map((url) => new URL(url).hostname);
}

function checkSurfaces(config: Config): void {
  const [external, internal] = openedHosts(config);
  if (external === internal) {
    throw new SetupError(
      `MEDFORGE_URL and MEDFORGE_INTERNAL_URL have the same host, ${external}: the host tells the surfaces apart.`,
      "Give the internal surface a name of its own, or MEDFORGE_INTERNAL_URL=none.",
    );
  }
  const { internalBind } = config;
  if (internalBind === null) return;
  if (internal === undefined) {
    throw new SetupError(
      `MEDFORGE_INTERNAL_BIND is ${internalBind}, but there is no internal surface.`,
      "Give MEDFORGE_INTERNAL_URL too, or MEDFORGE_INTERNAL_BIND=none.",
    );
  }
  if (unseparated.includes(internalBind)) {
    throw new SetupError(
      `MEDFORGE_INTERNAL_BIND can't be ${internalBind}: it keeps nobody apart.`,
      "Give the one address of this host that the internal network reaches.",
    );
  }
}

/** Certificates of the lab's or of an authority's are for names that others use. */
function checkHosts(config: Config): void {
  const wrong = openedHosts(config).find(
    (host) =>
      loopbackHosts.includes(host) ||
      (config.tls === "acme" && (isAddress(host) || host.endsWith(".localhost"))),
  );
  if (wrong === undefined) return;
  throw new SetupError(
    `MEDFORGE_TLS=${config.tls} can't serve ${wrong}.`,
    "Say by which name people reach this host: MEDFORGE_URL=https://gpu.example.edu (and MEDFORGE_INTERNAL_URL, or none).",
  );
}

export interface CertificateFiles {
  certificate: string;
  key: string;
}

function readPem(path: string | null, setting: string): string {
  if (path === null) {
    throw new SetupError(
      `MEDFORGE_TLS=files needs ${setting}.`,
      `Give ${setting} the absolute path of a PEM file.`,
    );
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SetupError(
      `${setting} can't be read: ${error instanceof Error ? error.message : error}`,
      "Correct the path.",
      error,
    );
  }
}

/**
 * The lab's certificate and key as they are on disk now.
 * @throws SetupError when one is missing, or when they are no good for the addresses that people open
 */
export function readCertificateFiles(config: Config): CertificateFiles {
  const pair = {
    certificate: readPem(config.tlsCert, "MEDFORGE_TLS_CERT"),
    key: readPem(config.tlsKey, "MEDFORGE_TLS_KEY"),
  };
  const fault = faultOf(pair, openedHosts(config));
  if (fault === null) return pair;
  throw new SetupError(
    `The certificate in ${config.tlsCert} (key in ${config.tlsKey}) can't be used: ${fault}.`,
    `Get one for ${openedHosts(config).join(" and ")}, or change MEDFORGE_URL and MEDFORGE_INTERNAL_URL (none: no internal surface), or say MEDFORGE_TLS=local.`,
  );
}

/** Damaged files and keys behind a passphrase make Node throw. */
function faultOf(pair: CertificateFiles, hosts: readonly string[]): string | null {
  try {
    return pairFault(pair, hosts, new Date());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The root behind a private ACME directory. @throws SetupError when it is none */
export function readAcmeRoot(path: string): string {
  try {
    const pem = readFileSync(path, "utf8");
    parseCertificates(pem);
    return pem;
  } catch (error) {
    throw new SetupError(
      `MEDFORGE_ACME_ROOT (${path}) can't be used: ${error instanceof Error ? error.message : error}.`,
      "Name the PEM file with the root certificate of the authority behind MEDFORGE_ACME_CA.",
      error,
    );
  }
}

/**
 * What of the surfaces' and certificates' settings can't be, before anything is kept or started.
 * @throws SetupError
 */
export function checkEdge(config: Config): void {
  checkSurfaces(config);
  if (config.tls === "local") return;
  checkHosts(config);
  if (config.tls === "files") readCertificateFiles(config);
  else if (config.tlsEmail === null) {
    throw new SetupError(
      "MEDFORGE_TLS=acme needs MEDFORGE_TLS_EMAIL.",
      "Give the address that the authority may write to.",
    );
  } else if (config.acmeRoot !== null) readAcmeRoot(config.acmeRoot);
}
