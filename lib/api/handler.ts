import { OpenAPIHandler } from "@orpc/openapi/fetch";
import type { RequestContext } from "@/lib/auth/procedure";
import { checkJson, readBody } from "./body";
import { createContext, newRequestId, type Trace, type WebServices } from "./context";
import { exportResponse } from "./export-response";
import { csvExports } from "./exports";
import { HeaderJar } from "./header-jar";
import { openApiDocument } from "./openapi";
import { guardOrigin, ownUrl } from "./origin";
import { apiPrefix, requestIdHeader } from "./prefix";
import { problem, problemResponse } from "./problem";
import { problemContentType } from "./problem-body";
import { answerRaw } from "./raw/answer";
import type { RawParts } from "./raw/route";
import { findRaw, rawParts, rawRoutes } from "./raw/routes";
import { reported } from "./reported";
import { router } from "./router";
import { createMethodFinder, listRoutes, specPath } from "./routes";
import { liveKeepAliveMs, maxBodyBytes } from "./tunables";

const methodsAt = createMethodFinder([...listRoutes(router), ...rawRoutes]);

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

/** Serves the whole of `/api/v2`: any request in, always an answer out, one log line each. */
export function createApiHandler(services: WebServices): (request: Request) => Promise<Response> {
  const parts = rawParts(services);
  return async (request) => {
    const startedAt = performance.now();
    const trace: Trace = { requestId: newRequestId() };
    const path = new URL(request.url).pathname;
    const response = await answer({ services, parts }, request, path, trace).catch((error: unknown) =>
      problemResponse(reported(error, { requestId: trace.requestId, log: services.log })),
    );
    response.headers.set(requestIdHeader, trace.requestId);
    // Compressors hold event streams back; no-transform keeps them off.
    if (!response.headers.has("cache-control"))
      response.headers.set("cache-control", "no-store, no-transform");
    const ms = Math.round(performance.now() - startedAt);
    services.log.info({ ...trace, method: request.method, path, status: response.status, ms }, "request");
    return response;
  };
}

async function answer(
  { services, parts }: { services: WebServices; parts: RawParts },
  request: Request,
  path: string,
  trace: Trace,
): Promise<Response> {
  const { requestId } = trace;
  const below = path.slice(apiPrefix.length);
  const raw = findRaw(request.method, below);
  if (raw) return answerRaw(services, { ...raw, request, parts, trace });
  const method = request.method === "HEAD" ? "GET" : request.method;
  // Read before anything is refused: a proxy may make an empty answer of one that comes while the body is on its way.
  const [body] = await Promise.allSettled([readBody(request, maxBodyBytes)]);
  const file = csvExports.find((each) => each.path === below);
  const methods = below === specPath || file ? new Set(["GET"]) : methodsAt(below);
  if (methods.size === 0)
    return problemResponse(problem("not_found", `There is nothing at ${path}.`, requestId));
  if (!methods.has(method)) {
    const allow = [...methods].join(", ");
    return problemResponse(
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
    return problemResponse(problem("unsupported_media_type", "Send JSON, as application/json.", requestId));
  }
  checkJson(body);
  return new Request(url, { method, headers, signal, body });
}
