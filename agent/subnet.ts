import ipaddr from "ipaddr.js";
import type { Exposure } from "@/lib/agent-protocol/patterns";

/** A session network's addresses and the bridge that carries it, all decided by its subnet. */
export interface SessionNetwork {
  exposure: Exposure;
  name: string;
  /** Network address and prefix length, e.g. `172.30.0.0/24`. */
  subnet: string;
  gateway: string;
  prefixLength: number;
  /** At most 15 characters, Linux's limit. Derived from the subnet, so that two engines can't share one unawares. */
  bridge: string;
}

/** Also how the firewall's rules know the bridges of a kind, whichever agent made them. */
export const bridgePrefix: Readonly<Record<Exposure, string>> = { external: "mfx-", internal: "mfi-" };

/**
 * @throws Error when the CIDR has host bits set, which hints at a typing mistake, or room for fewer than two sessions.
 */
export function describeNetwork(exposure: Exposure, cidr: string): SessionNetwork {
  const [address, prefixLength] = ipaddr.IPv4.parseCIDR(cidr);
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr);
  if (first.toString() !== address.toString() || prefixLength > 29) {
    throw new Error(`Subnet ${cidr} is not usable: give a network address with a prefix of 29 bits or fewer`);
  }
  const octets = first.toByteArray();
  const hex = octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
  const gateway = new ipaddr.IPv4([...octets.slice(0, 3), (octets[3] ?? 0) + 1]).toString();
  return {
    exposure,
    name: `medforge-${exposure}-sessions`,
    subnet: `${first}/${prefixLength}`,
    gateway,
    prefixLength,
    bridge: `${bridgePrefix[exposure]}${hex}-${prefixLength}`,
  };
}

/** Whether two CIDR blocks share an address. */
export function overlaps(a: string, b: string): boolean {
  const [addressA, lengthA] = ipaddr.IPv4.parseCIDR(a);
  const [addressB, lengthB] = ipaddr.IPv4.parseCIDR(b);
  const length = Math.min(lengthA, lengthB);
  return addressA.match(addressB, length);
}

/** The session networks by what their sessions may reach. */
export type SessionNetworks = Readonly<Record<Exposure, SessionNetwork>>;

/** @throws Error when a subnet is not usable, or they share addresses. */
export function describeNetworks(external: string, internal: string): SessionNetworks {
  if (overlaps(external, internal)) {
    throw new Error(
      `MEDFORGE_EXTERNAL_SUBNET ${external} and MEDFORGE_INTERNAL_SUBNET ${internal} overlap: give each a range of its own`,
    );
  }
  return {
    external: describeNetwork("external", external),
    internal: describeNetwork("internal", internal),
  };
}
