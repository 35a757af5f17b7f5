import ipaddr from "ipaddr.js";

/** A session network's addresses and the bridge that carries it, all decided by its subnet. */
export interface SessionNetwork {
  name: string;
  /** Network address and prefix length, e.g. `172.30.0.0/24`. */
  subnet: string;
  gateway: string;
  prefixLength: number;
  /** At most 15 characters, Linux's limit. Derived from the subnet, so that two engines can't share one unawares. */
  bridge: string;
}

/**
 * @throws Error when the CIDR has host bits set, which hints at a typing mistake, or room for fewer than two sessions.
 */
export function describeNetwork(name: string, cidr: string): SessionNetwork {
  const [address, prefixLength] = ipaddr.IPv4.parseCIDR(cidr);
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr);
  if (first.toString() !== address.toString() || prefixLength > 29) {
    throw new Error(`Subnet ${cidr} is not usable: give a network address with a prefix of 29 bits or fewer`);
  }
  const octets = first.toByteArray();
  const hex = octets.map((octet) => octet.toString(16).padStart(2, "0")).join("");
  const gateway = new ipaddr.IPv4([...octets.slice(0, 3), (octets[3] ?? 0) + 1]).toString();
  return {
    name,
    subnet: `${first}/${prefixLength}`,
    gateway,
    prefixLength,
    bridge: `mfx-${hex}-${prefixLength}`,
  };
}

/** Whether two CIDR blocks share an address. */
export function overlaps(a: string, b: string): boolean {
  const [addressA, lengthA] = ipaddr.IPv4.parseCIDR(a);
  const [addressB, lengthB] = ipaddr.IPv4.parseCIDR(b);
  const length = Math.min(lengthA, lengthB);
  return addressA.match(addressB, length);
}
