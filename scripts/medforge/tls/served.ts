import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { type Config, internalUrlOf, isAddress, urlOf } from "../config";

/** An edge on the same host that shakes hands at all does so within this, in ms. */
const handshakeMs = 5_000;

/**
 * The certificate that the edge shows for a host, whoever signed it.
 * @param at the address to connect to
 * @throws Error when it has none for that host, or does not answer
 */
export function servedCertificate(at: string, port: number, host: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const named = isAddress(host) ? {} : { servername: host };
    // Whether it is trusted is the browsers' question; ours is which one it is.
    const socket = connect({ host: at, port, rejectUnauthorized: false, ...named }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error(`no certificate is shown for ${host}`));
    });
    socket.setTimeout(handshakeMs, () => socket.destroy(new Error(`no handshake within ${handshakeMs} ms`)));
    socket.once("error", reject);
  });
}

export interface OpenedAddress {
  host: string;
  /** Where the edge listens for it, as seen from this host. */
  at: string;
}

/** Every host that people open, with where it is served. */
export function openedAddresses(config: Config): OpenedAddress[] {
  const internal = internalUrlOf(config);
  const local = { host: new URL(urlOf(config)).hostname, at: "127.0.0.1" };
  if (internal === null) return [local];
  return [local, { host: new URL(internal).hostname, at: config.internalBind ?? "127.0.0.1" }];
}
