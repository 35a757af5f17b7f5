import { type Config, internalUrlOf, urlOf } from "../config";

/** What Caddy serves, each list as it names sites. */
export interface EdgeSites {
  /** The addresses that people open. */
  names: string;
  /** This host's own, always with a certificate of the local authority. */
  addresses: string;
  /** The internal surface, where it is served on an address of its own. */
  internal: string | null;
}

/**
 * Which hosts the edge serves on which terms. Every one belongs to one list: Caddy takes no host twice.
 * @param own this host's own addresses, as URLs spell them
 */
export function edgeSites(config: Config, own: readonly string[]): EdgeSites {
  const internalUrl = internalUrlOf(config);
  const internal = internalUrl === null ? null : new URL(internalUrl).hostname;
  const apart = config.internalBind !== null;
  const names = [new URL(urlOf(config)).hostname, ...(internal === null || apart ? [] : [internal])];
  const taken = new Set([...names, internal]);
  const addresses = [...new Set(["localhost", "127.0.0.1", "[::1]", ...own])].filter(
    (host) => !taken.has(host),
  );
  const sites = (hosts: readonly string[]) =>
    hosts.map((host) => `https://${host}:${config.port}`).join(", ");
  return {
    names: sites(names),
    addresses: sites(addresses),
    internal: internal !== null && apart ? sites([internal]) : null,
  };
}
