import { OpenAPIHandler } from "@orpc/openapi/fetch";
import type { CookieJar, RequestContext } from "@/lib/auth/procedure";
import { checkJson, readBody } from "./body";
import { createContext, newRequestId, type WebServices } from "./context";
import { exportResponse } from "./export-response";
import { csvExports } from "./exports";
import { logFailure } from "./failure-log";
import { openApiDocument } from "./openapi";
import { guardOrigin, ownUrl } from "./origin";
import { apiPrefix, requestIdHeader } from "./prefix";
import { type Problem, problem, toProblem } from "./problem";
import { problemContentType } from "./problem-body";
import { router } from "./router";
import { createMethodFinder, listRoutes, specPath } from "./routes";
import { liveKeepAliveMs, maxBodyBytes } from "./tunables";

/** What the log line of a request tells besides its method, path and time. */
interface Trace {
  readonly requestId: string;
  userId?: string;
}

const methodsAt = createMethodFinder(listRoutes(router));

const openApi = new OpenAPIHandler<RequestContext>(router, {
  eventIteratorKeepAliveInterval: liveKeepAliveMs,
  interceptors: [
    async ({ context, next }) => {
      try {
        return await next();
      } catch (error) {
        const { body, headers } = reported(error, context);
        return { matched: true, response: { status: body.status, headers, body } };
      }
    },
  ],
});

/** The problem for an error, logged with its cause when nobody expected it. */
function reported(error: unknown, { requestId, log }: Pick<RequestContext, "requestId" | "log">): Problem {
  const answer = toProblem(error, requestId);
  if (answer.unexpected) logFailure(log, error, requestId);
  return answer;
}

function respond({ body, headers }: Problem): Response {
  return Response.json(body, {
    status: body.status,
    headers: { ...headers, "content-type": problemContentType },
  });
}

/** Collects Set-Cookie headers; the cookies are never readable by scripts nor sent along from other sites' forms. */
class HeaderJar implements CookieJar {
  readonly lines: string[] = [];

  set(name: string, value: string, { expires, path, secure }: Parameters<CookieJar["set"]>[2]): void {
    const flags = `${secure ? "; Secure" : ""}; HttpOnly; SameSite=Lax`;
    this.lines.push(`${name}=${value}; Path=${path}; Expires=${expires.toUTCString()}${flags}`);
  }
}

/** Serves the whole of `/api/v2`: any request in, always an answer out, one log line each. */
export function createApiHandler(services: WebServices): (request: Request) => Promise<Response> {
  return async (request) => {
    const startedAt = performance.now();
    const trace: Trace = { requestId: newRequestId() };
    const path = new URL(request.url).pathname;
    const response = await answer(services, request, path, trace).catch((error: unknown) =>
      respond(reported(error, { requestId: trace.requestId, log: services.log })),
    );
    response.headers.set(requestIdHeader, trace.requestId);
    // Compressors hold event streams back; no-transform keeps them off.
    response.headers.set("cache-control", "no-store, no-transform");
    const ms = Math.round(performance.now() - startedAt);
    services.log.info({ ...trace, method: request.method, path, status: response.status, ms }, "request");
    return response;
  };
}

async function answer(
  services: WebServices,
  request: Request,
  path: string,
  trace: Trace,
): Promise<Response> {
  const { requestId } = trace;
  const method = request.method === "HEAD" ? "GET" : request.method;
  // Read before anything is refused: a proxy may make an empty answer of one that comes while the body is on its way.
  const [body] = await Promise.allSettled([readBody(request, maxBodyBytes)]);
  const below = path.slice(apiPrefix.length);
  const file = csvExports.find((each) => each.path === below);
  const methods = below === specPath || file ? new Set(["GET"]) : methodsAt(below);
  if (methods.size === 0) return respond(problem("not_found", `There is nothing at ${path}.`, requestId));
  if (!methods.has(method)) {
    const allow = [...methods].join(", ");
    return respond(
      problem("method_not_allowed", `${path} takes ${allow}.`, requestId, { headers: { allow } }),
    );
  }
  guardOrigin(method, request.headers, services.settings);
  if (below === specPath)
    return Response.json(await openApiDocument(ownUrl(request.headers, services.settings)));
  if (body.status === "rejected") throw body.reason;
  const incoming = toJsonRequest(request, method, body.value, requestId);
  if (incoming instanceof Response) return incoming;
  const cookies = new HeaderJar();
  const context = await createContext(services, { headers: request.headers, requestId, cookies });
  trace.userId = context.actor?.publicId;
  const handled = file
    ? await exportResponse(file, context, new URL(request.url).searchParams, request.method !== "HEAD")
    : (await openApi.handle(incoming, { prefix: apiPrefix, context })).response;
  if (!handled) throw new Error(`${method} ${path} is declared but was not handled.`);
  const response = request.method === "HEAD" ? withoutBody(handled) : handled;
  if (response.status >= 400) response.headers.set("content-type", problemContentType);
  for (const line of cookies.lines) response.headers.append("set-cookie", line);
  return response;
}

/** The answer to HEAD. Nobody will read the body: a stream is told so, or it would stay open. */
function withoutBody(response: Response): Response {
  response.body?.cancel().catch(() => undefined);
  return new Response(null, { status: response.status, headers: response.headers });
}

/** The request with its body found to be JSON, or the answer that says why not. A GET's body says nothing. */
function toJsonRequest(
  request: Request,
  method: string,
  body: Uint8Array<ArrayBuffer>,
  requestId: string,
): Request | Response {
  const headers = new Headers(request.headers);
  // oRPC takes a request with this header for an upload.
  headers.delete("content-disposition");
  const { url, signal } = request;
  if (method === "GET") return new Request(url, { method, headers, signal });
  if (body.byteLength === 0) {
    headers.delete("content-type");
    return new Request(url, { method, headers, signal });
  }
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return respond(problem("unsupported_media_type", "Send JSON, as application/json.", requestId));
  }
  checkJson(body);
  return new Request(url, { method, headers, signal, body });
}
