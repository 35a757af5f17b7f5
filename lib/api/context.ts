import { randomBytes } from "node:crypto";
import type { Db } from "@/db/client";
import { authenticate } from "@/lib/auth/authenticate";
import type { CookieJar, RequestContext } from "@/lib/auth/procedure";
import type { Logger } from "@/lib/kernel/log";
import { surfaceOf } from "@/lib/kernel/surface";

/** What a web process holds for all its requests. */
export interface WebServices {
  readonly db: Db;
  readonly log: Logger;
  readonly wake: () => void;
  /** Tells this process that an uploaded folder waits to be read. */
  readonly lookForImports: () => void;
  /** The store of datasets, evaluations and submitted files; `storeLayout` knows what is where. */
  readonly competitionsDir: string;
  readonly settings: RequestContext["settings"];
}

/** What the log line of a request tells besides its method, path and time. */
export interface Trace {
  readonly requestId: string;
  userId?: string;
}

/** What of a request decides who acts, whichever face it came through. */
export interface IncomingRequest {
  readonly headers: Headers;
  readonly requestId: string;
  /** Null where cookies can't be set, as while a page renders: then a login isn't renewed either. */
  readonly cookies: CookieJar | null;
}

/** Made here and never taken from a header, so that nobody can forge another's trail in the log. */
export function newRequestId(): string {
  return `req_${randomBytes(12).toString("hex")}`;
}

/**
 * The address of whoever connected to Caddy. Web listens on loopback only and Caddy replaces the header, so its last
 * entry is Caddy's word.
 */
function clientAddress(headers: Headers): string {
  return headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() || "unknown";
}

const noCookies: CookieJar = { set: () => undefined };

/**
 * Who is calling, and with what.
 * @throws AppError unauthenticated when an Authorization header is present and no good: it never falls back to a cookie
 */
export async function createContext(
  services: WebServices,
  request: IncomingRequest,
): Promise<RequestContext> {
  const { headers, requestId, cookies } = request;
  const identity = await authenticate(services.db, {
    authorization: headers.get("authorization"),
    cookie: headers.get("cookie"),
    renewal: cookies,
  });
  const log = services.log.child({
    requestId,
    ...(identity.actor ? { userId: identity.actor.publicId } : {}),
  });
  return {
    ...services,
    log,
    requestId,
    clientAddress: clientAddress(headers),
    surface: surfaceOf(headers.get("host"), services.settings),
    cookies: cookies ?? noCookies,
    ...identity,
  };
}
