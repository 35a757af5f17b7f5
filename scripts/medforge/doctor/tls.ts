import { existsSync, readFileSync } from "node:fs";
import type { Context } from "../context";
import { SetupError } from "../errors";
import { expiryWarning, isoDay, parseCertificates, uncoveredHosts, validityFault } from "../tls/certificate";
import { openedAddresses, servedCertificate } from "../tls/served";
import { readCertificateFiles } from "../tls/settings";
import type { Check } from "./finding";

const cures = {
  local: "`./medforge regen-cert`",
  acme: "See why it is not renewed: `./medforge logs caddy`. The authority must reach ports 80 or 443 of each name.",
  files: "Put a good certificate and key at their paths, then `./medforge restart caddy`.",
} as const;

/** What is wrong with the certificate that one host is served with, or until when it is good. */
async function lookAt({ config }: Context, host: string, at: string, now: Date): Promise<string> {
  const cure = cures[config.tls];
  const certificate = await servedCertificate(at, config.port, host).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED")
      throw new SetupError(`nothing listens on ${at}:${config.port}`, "`./medforge restart caddy`", error);
    throw new SetupError(`${host} has no certificate: ${error.message}`, cure, error);
  });
  const uncovered = uncoveredHosts(certificate, [host]).length > 0;
  // The local authority's last for hours and are renewed all the time.
  const warning = config.tls === "local" ? null : expiryWarning(certificate, now);
  const fault = uncovered ? `the certificate does not name it` : (validityFault(certificate, now) ?? warning);
  if (fault !== null) throw new SetupError(`${host}: ${fault}`, cure);
  if (config.tls === "files") {
    const [onDisk] = parseCertificates(readCertificateFiles(config).certificate);
    if (onDisk.fingerprint256 !== certificate.fingerprint256) {
      throw new SetupError(
        `${host}: ${config.tlsCert} holds another certificate than is served`,
        "`./medforge restart caddy`",
      );
    }
  }
  return config.tls === "local" ? host : `${host} until ${isoDay(certificate.validTo)}`;
}

/** The local authority's root must outlive its leaves, and everybody has to learn of a new one. */
function lookAtRoot({ layout }: Context, now: Date): string {
  if (!existsSync(layout.caFile))
    throw new SetupError("the local authority is not there yet", "`./medforge restart caddy`");
  const [root] = parseCertificates(readFileSync(layout.caFile, "utf8"));
  const fault = validityFault(root, now) ?? expiryWarning(root, now);
  if (fault === null) return `root until ${isoDay(root.validTo)}`;
  throw new SetupError(
    `the local authority's root: ${fault}`,
    "`./medforge regen-cert --root`, then everybody trusts the new one.",
  );
}

/** The certificates as people's browsers meet them. */
export const certificates: Check = {
  part: "tls",
  async look(context) {
    const { config } = context;
    const now = new Date();
    const found = [];
    for (const { host, at } of openedAddresses(config)) found.push(await lookAt(context, host, at, now));
    if (config.tls === "local") found.push(lookAtRoot(context, now));
    return `${config.tls}: ${found.join(", ")}`;
  },
};
