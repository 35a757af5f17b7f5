import { readFile } from "node:fs/promises";
import ipaddr from "ipaddr.js";
import { unlessMissing } from "@/lib/kernel/missing";

/** Asked only when the host's own resolvers are all on loopback, which no container can reach. */
const publicResolvers = ["1.1.1.1", "9.9.9.9"];
/** The second is where systemd-resolved lists the real servers behind its loopback stub. */
const resolverFiles = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/**
 * What an internal session is given for a resolver: an address for documentation (TEST-NET-1, RFC 5737) that no network
 * routes. Without any, the C library would ask a resolver on loopback, where Docker has its own.
 */
export const unroutableResolver = "192.0.2.53";

const isUsable = (address: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).range() !== "loopback";

/** IPv4 nameservers off loopback in the text of a resolv.conf. */
export function nameserversOf(resolvConf: string): string[] {
  const named = resolvConf.split("\n").map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? "");
  return named.filter(isUsable);
}

/**
 * Resolvers of external sessions: those configured (comma-separated), else the host's own off loopback, else public
 * ones.
 * @throws Error naming a configured address that is not IPv4 or is on loopback.
 */
export async function sessionResolvers(configured: string): Promise<string[]> {
  const listed = configured
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  for (const address of listed) {
    if (!isUsable(address)) {
      throw new Error(`MEDFORGE_SESSION_DNS: ${address} is no IPv4 address that a session could reach`);
    }
  }
  if (listed.length > 0) return listed;
  for (const file of resolverFiles) {
    const found = nameserversOf((await unlessMissing(readFile(file, "utf8"))) ?? "");
    if (found.length > 0) return found.slice(0, 3);
  }
  return publicResolvers;
}
