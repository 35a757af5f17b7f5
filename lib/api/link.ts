import type { ClientLink } from "@orpc/client";
import { noAnswer } from "@/lib/kernel/no-answer";
import { type Surface, surfaces } from "@/lib/kernel/surface";
import contract from "./contract.generated.json";
import { apiPrefix, requestIdHeader } from "./prefix";
import type { ProblemBody } from "./problem-body";

/** What the API answered instead of data; the message is made to be shown. */
class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(readonly problem: ProblemBody) {
    super(problem.detail);
    this.status = problem.status;
  }
}

interface Route {
  readonly method: string;
  readonly path: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The surface whose page this is: the server wrote it into the document. */
function pageSurface(): Surface {
  const written = document.documentElement.dataset.surface;
  const surface = surfaces.find((known) => known === written);
  if (!surface) throw new Error(`The document says surface "${written}".`);
  return surface;
}

/** The procedures as a page calls them, like the server's `routerOf`: `sessions` and `workspaces` are its surface's. */
function contractOf(surface: Surface): unknown {
  const { external: _external, internal: _internal, ...shared } = contract;
  return { ...shared, ...contract[surface] };
}

/** Where the procedure `sessions.list` is: its method and its path below the API's prefix. */
function routeOf(path: readonly string[]): Route {
  let at: unknown = contractOf(pageSurface());
  for (const name of [...path, "~orpc", "route"]) at = isRecord(at) ? at[name] : undefined;
  if (!isRecord(at) || typeof at.path !== "string" || typeof at.method !== "string") {
    throw new Error(`There is no procedure ${path.join(".")}.`);
  }
  return { method: at.method, path: at.path };
}

/** The request for a call: `{id}` in the path from the input, the rest as query of a GET, as JSON of all else. */
export function requestOf(path: readonly string[], input: unknown, signal?: AbortSignal): Request {
  const route = routeOf(path);
  const rest = new Map(
    isRecord(input) ? Object.entries(input).filter(([, value]) => value !== undefined) : [],
  );
  const pathname = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  const url = new URL(`${apiPrefix}${pathname}`, window.location.origin);
  if (route.method === "GET") for (const [name, value] of rest) url.searchParams.set(name, String(value));
  const body =
    route.method === "GET" || rest.size === 0 ? undefined : JSON.stringify(Object.fromEntries(rest));
  return new Request(url, {
    method: route.method,
    signal,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
}

function isProblem(value: unknown): value is ProblemBody {
  return isRecord(value) && typeof value.status === "number" && typeof value.detail === "string";
}

/** While web is away, Caddy's own problem stands in for its answer. */
function isRefusal(response: Response, body: unknown): body is ProblemBody {
  return !response.ok && response.headers.has(requestIdHeader) && isProblem(body);
}

/**
 * What the API answered. A call that was given up stays an abort, which nobody is told of; other failures on the way
 * come in words for people and without a problem, so that they are tried again.
 */
async function answerTo(request: Request): Promise<{ ok: boolean; body: unknown }> {
  let failure = noAnswer;
  try {
    const response = await fetch(request);
    const body: unknown = await response.json();
    if (response.ok || isRefusal(response, body)) return { ok: response.ok, body };
    if (isProblem(body)) failure = body.detail;
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new Error(noAnswer, { cause });
  }
  throw new Error(failure);
}

/**
 * Calls procedures over REST from a browser. oRPC's own link carries codecs for dates, files and streams, and its
 * checks carry zod: 40 kB that JSON doesn't need.
 */
export const restLink: ClientLink<Record<never, never>> = {
  async call(path, input, { signal }) {
    const { ok, body } = await answerTo(requestOf(path, input, signal));
    if (!ok && isProblem(body)) throw new ApiError(body);
    return body;
  },
};
