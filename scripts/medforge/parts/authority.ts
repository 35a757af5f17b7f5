import { X509Certificate } from "node:crypto";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../exec";
import type { Layout } from "../layout";
import { asUser } from "./part";

/** Far above any certificate; what Caddy's folder holds may be anything. */
const maxBytes = 64 * 1024;
/** A file is read in no time; a pipe that somebody put in its place never is, in ms. */
const readTimeoutMs = 5_000;

export const rootCertificate = (layout: Layout) => join(layout.caddy, "pki/authorities/local/root.crt");

/**
 * The certificate in a file, as PEM and nothing else. Caddy's folder is Caddy's: links in it lead no further than Caddy
 * itself could go, since the file is read with its rights.
 * @throws Error when there is no certificate
 */
export async function readCertificate(file: string): Promise<string> {
  const argv = asUser({ user: "medforge-caddy" }, ["head", "-c", String(maxBytes), "--", file]);
  const read = await tryRun(argv, { timeoutMs: readTimeoutMs });
  if (!read.ok) throw new Error(`its certificate authority can't be read yet: ${read.stderr}`);
  return new X509Certificate(read.stdout).toString();
}

/** Puts a copy of the authority's root where people find it. */
export async function publishAuthority(layout: Layout): Promise<void> {
  const fresh = `${layout.caFile}.new`;
  writeFileSync(fresh, await readCertificate(rootCertificate(layout)), { mode: 0o644 });
  chmodSync(fresh, 0o644);
  renameSync(fresh, layout.caFile);
}
