/** A lab has one address for what reaches the internet and may have another for what must stay inside. */
export const surfaces = ["external", "internal"] as const;
export type Surface = (typeof surfaces)[number];

/** The origins people open; `internalUrl` is null where no internal surface is configured. */
export interface SurfaceUrls {
  readonly url: string;
  readonly internalUrl: string | null;
}

/** A host name, IPv4 address or bracketed IPv6 address, and perhaps a port: nothing that a URL could read otherwise. */
const plainHost = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** The name in a Host header, as URLs spell it; null for what is none. A name's final dot says nothing. */
function nameOf(host: string | null): string | null {
  if (host === null || !plainHost.test(host) || !URL.canParse(`https://${host}`)) return null;
  return withoutFinalDot(new URL(`https://${host}`).hostname);
}

function withoutFinalDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/**
 * Which surface a request is on: its Host header decides, alone, and this is the only place that does. Caddy passes Host
 * on as it came; what a client claims in X-Forwarded-Host or elsewhere is not looked at. Every host but the internal
 * one's is external.
 */
export function surfaceOf(host: string | null, { internalUrl }: Pick<SurfaceUrls, "internalUrl">): Surface {
  if (internalUrl === null) return "external";
  return nameOf(host) === withoutFinalDot(new URL(internalUrl).hostname) ? "internal" : "external";
}

/** The origin that serves a surface; null where there is none. */
export function urlOfSurface(surface: Surface, { url, internalUrl }: SurfaceUrls): string | null {
  return surface === "internal" ? internalUrl : url;
}

export function otherSurface(surface: Surface): Surface {
  return surface === "internal" ? "external" : "internal";
}
