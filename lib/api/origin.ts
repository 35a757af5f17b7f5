import { AppError } from "@/lib/kernel/errors";
import { type SurfaceUrls, surfaceOf, urlOfSurface } from "@/lib/kernel/surface";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** The origin of a URL, or null for what isn't one (`null`, a broken Referer). */
function originOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).origin : null;
}

/** The configured origin of the surface that a request came to. */
export function ownUrl(headers: Headers, urls: SurfaceUrls): string {
  return urlOfSurface(surfaceOf(headers.get("host"), urls), urls) ?? urls.url;
}

/** The configured origin, and the one the browser itself addressed: Caddy passes Host and protocol on unchanged. */
function allowedOrigins(headers: Headers, configuredUrl: string): Set<string | null> {
  const host = headers.get("host");
  const protocol = headers.get("x-forwarded-proto") ?? "https";
  const addressed = host ? originOf(`${protocol}://${host}`) : null;
  return new Set([new URL(configuredUrl).origin, ...(addressed ? [addressed] : [])]);
}

/**
 * Refuses a mutation that another site made a browser send. Browsers send Origin on every POST, PATCH and DELETE, so a
 * request without Origin, Referer and Sec-Fetch-Site comes from curl or a script, which no other site can make send
 * anything. One with an Authorization header skips the guard: no page can add that header to a cross-site request.
 * The surfaces are sites to each other like any other two: neither's pages change anything on the other.
 * @throws AppError forbidden
 */
export function guardOrigin(method: string, headers: Headers, urls: SurfaceUrls): void {
  if (safeMethods.has(method) || headers.has("authorization")) return;
  const configuredUrl = ownUrl(headers, urls);
  const site = headers.get("sec-fetch-site");
  const claimed = headers.get("origin") ?? headers.get("referer");
  const allowed = allowedOrigins(headers, configuredUrl);
  if (claimed === null) {
    if (site === null || site === "same-origin") return;
    throw refused(`This is a ${site} request`, configuredUrl);
  }
  const origin = originOf(claimed);
  if (origin === null || !allowed.has(origin))
    throw refused(`This came from ${origin ?? "nowhere"}`, configuredUrl);
  if (site !== null && site !== "same-origin" && site !== "none") {
    throw refused(`This is a ${site} request`, configuredUrl);
  }
}

function refused(what: string, configuredUrl: string): AppError {
  return new AppError(
    "forbidden",
    `${what}; changes are taken from ${new URL(configuredUrl).origin} only, or with an API token as Bearer.`,
  );
}
