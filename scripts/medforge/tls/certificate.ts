import { createPrivateKey, X509Certificate } from "node:crypto";
import { isAddress } from "../config";

const dayMs = 24 * 60 * 60 * 1000;

/** Below this a renewal that should have come has not, in days: ACME renews at 30, people need time too. */
const expiryWarningDays = 14;

/** Every certificate of a PEM file, its first one first. @throws Error when there is none or one is damaged. */
export function parseCertificates(pem: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const [first, ...more] = blocks.map((block) => new X509Certificate(block));
  if (!first)
    throw new Error("there is no certificate in it (a PEM file begins with -----BEGIN CERTIFICATE-----)");
  return [first, ...more];
}

/** Which of the hosts (as URLs spell them) a certificate does not name. Only its alternative names count, as in browsers. */
export function uncoveredHosts(certificate: X509Certificate, hosts: readonly string[]): string[] {
  return hosts.filter((host) =>
    isAddress(host)
      ? certificate.checkIP(host.replace(/^\[|\]$/g, "")) === undefined
      : certificate.checkHost(host, { subject: "never" }) === undefined,
  );
}

/** Why a certificate is no good at this time, or null. */
export function validityFault({ validFrom, validTo }: X509Certificate, now: Date): string | null {
  if (now < new Date(validFrom)) return `it is valid only from ${isoDay(validFrom)}`;
  if (now >= new Date(validTo)) return `it expired on ${isoDay(validTo)}`;
  return null;
}

/** That a certificate soon expires, or null. */
export function expiryWarning({ validTo }: X509Certificate, now: Date): string | null {
  const days = Math.floor((new Date(validTo).getTime() - now.getTime()) / dayMs);
  return days < expiryWarningDays
    ? `it expires in ${days} ${days === 1 ? "day" : "days"} (${isoDay(validTo)})`
    : null;
}

export function isoDay(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}

/** What is wrong with a certificate and key for these hosts, in words; null when nothing is. */
export function pairFault(
  pair: { certificate: string; key: string },
  hosts: readonly string[],
  now: Date,
): string | null {
  const [leaf] = parseCertificates(pair.certificate);
  if (leaf.ca)
    return "its first certificate is an authority's; put the lab's own first, then those that signed it";
  if (!leaf.checkPrivateKey(createPrivateKey(pair.key))) return "the key does not belong to the certificate";
  const uncovered = uncoveredHosts(leaf, hosts);
  if (uncovered.length > 0) return `it does not cover ${uncovered.join(" and ")}`;
  return validityFault(leaf, now);
}
