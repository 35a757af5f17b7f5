import type { Db } from "@/db/client";
import { required } from "@/lib/kernel/assert";
import { createLog } from "@/lib/kernel/log";
import type { Surface } from "@/lib/kernel/surface";
import type { WebServices } from "./context";
import { createApiHandler } from "./handler";
import { apiPrefix } from "./prefix";

export const testUrl = "https://lab.example.org";
export const testInternalUrl = "https://internal.lab.example.org";

/** What a web process would hold, with a log that says nothing. */
export function testServices(db: Db, overrides: Partial<WebServices> = {}): WebServices {
  return {
    db,
    log: createLog("test", "silent"),
    wake: () => undefined,
    settings: {
      url: testUrl,
      internalUrl: testInternalUrl,
      sshHost: "lab.example.org",
      zone: "America/New_York",
    },
    ...overrides,
  };
}

/** How a caller shows who they are. */
export type Credentials = { readonly cookie: string } | { readonly token: string } | null;

export interface Sent {
  readonly method: string;
  /** Below `/api/v2`. */
  readonly path: string;
  readonly as?: Credentials;
  /** External unless said otherwise. */
  readonly surface?: Surface;
  /** Sent as JSON, or as it is when a string. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Calls the REST face in process, as a browser (cookie, origin) or a script (token) would. */
export function testCaller(services: WebServices): (sent: Sent) => Promise<Response> {
  const handle = createApiHandler(services);
  return ({ method, path, as = null, surface = "external", body, headers = {}, signal }) => {
    const url = surface === "internal" ? testInternalUrl : testUrl;
    const credentials: Record<string, string> = {};
    if (as && "cookie" in as) Object.assign(credentials, { cookie: as.cookie, origin: url });
    if (as && "token" in as) credentials.authorization = `Bearer ${as.token}`;
    if (body !== undefined) credentials["content-type"] = "application/json";
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const all = { host: new URL(url).host, "x-forwarded-for": "192.0.2.1", ...credentials, ...headers };
    return handle(new Request(`${url}${apiPrefix}${path}`, { method, headers: all, body: text, signal }));
  };
}

/** The cookie of an answer, as a browser would send it back. */
export function cookieOf(response: Response): string {
  return required(response.headers.get("set-cookie")?.split(";")[0], "the answer's cookie");
}
