import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream as NodeStream } from "node:stream/web";
import type { Db } from "@/db/client";
import { required } from "@/lib/kernel/assert";
import { createLog } from "@/lib/kernel/log";
import type { Surface } from "@/lib/kernel/surface";
import type { WebServices } from "./context";
import { createApiHandler } from "./handler";
import { ImportDesk } from "./imports";
import { apiPrefix } from "./prefix";

export const testUrl = "https://lab.example.org";
export const testInternalUrl = "https://internal.lab.example.org";

/** What a web process would hold, with a log that says nothing. */
export function testServices(db: Db, overrides: Partial<WebServices> = {}): WebServices {
  const services = {
    db,
    log: createLog("test", "silent"),
    wake: () => undefined,
    competitionsDir: "/nonexistent",
    settings: {
      url: testUrl,
      internalUrl: testInternalUrl,
      sshHost: "lab.example.org",
      zone: "America/New_York",
    },
    ...overrides,
  };
  return { lookForImports: new ImportDesk(services).look, ...services };
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
  /** Sent as JSON; as it is when a string, bytes or a stream. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> | ReadableStream | undefined {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (body instanceof ReadableStream || typeof body === "string" || body === undefined) return body;
  return JSON.stringify(body);
}

/** Calls the REST face in process, as a browser (cookie, origin) or a script (token) would. */
export function testCaller(services: WebServices): (sent: Sent) => Promise<Response> {
  const handle = createApiHandler(services);
  return ({ method, path, as = null, surface = "external", body, headers = {}, signal }) => {
    const url = surface === "internal" ? testInternalUrl : testUrl;
    const credentials: Record<string, string> = {};
    if (as && "cookie" in as) Object.assign(credentials, { cookie: as.cookie, origin: url });
    if (as && "token" in as) credentials.authorization = `Bearer ${as.token}`;
    const isRaw = body instanceof Uint8Array || body instanceof ReadableStream;
    if (body !== undefined && !isRaw) credentials["content-type"] = "application/json";
    const all = { host: new URL(url).host, "x-forwarded-for": "192.0.2.1", ...credentials, ...headers };
    const init = { method, headers: all, body: bodyOf(body), signal, duplex: "half" };
    return handle(new Request(`${url}${apiPrefix}${path}`, init));
  };
}

export interface TestServer {
  readonly url: string;
  /** Cuts every connection that is open, whatever is on its way. */
  cut(): void;
  close(): Promise<void>;
}

/** The REST face on a port of loopback, as Next would serve it: bodies stream both ways. */
export async function testServer(services: WebServices): Promise<TestServer> {
  const handle = createApiHandler(services);
  const server = createServer((incoming, outgoing) => {
    const method = incoming.method ?? "GET";
    const hasBody = method !== "GET" && method !== "HEAD";
    const init = {
      method,
      headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
      ...(hasBody ? { body: NodeStream.from(incoming) as ReadableStream, duplex: "half" } : {}),
    };
    handle(new Request(`http://${incoming.headers.host}${incoming.url}`, init))
      .then(async (response) => {
        outgoing.writeHead(response.status, [...response.headers].flat());
        if (response.body) await pipeline(Readable.fromWeb(response.body as NodeStream), outgoing);
        else outgoing.end();
      })
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The cookie of an answer, as a browser would send it back. */
export function cookieOf(response: Response): string {
  return required(response.headers.get("set-cookie")?.split(";")[0], "the answer's cookie");
}
