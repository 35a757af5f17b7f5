import { createServer, type Server, type ServerResponse } from "node:http";
import { errorText } from "@/lib/kernel/errors";
import type { WorkerDeps } from "../deps";

/** A scrape is one line without a body. ms */
const requestTimeoutMs = 5_000;

interface Rendered {
  readonly contentType: string;
  readonly text: string;
}

const pages: ReadonlyMap<string, (deps: WorkerDeps) => Promise<Rendered>> = new Map([
  ["/metrics", ({ metrics }) => metrics.render()],
  // Root listens on no network: what the agent has to say goes through here.
  ["/metrics/agent", ({ agent }) => agent.call("metrics", {})],
]);

function answer(response: ServerResponse, status: number, { contentType, text }: Rendered): void {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

const plain = (text: string): Rendered => ({ contentType: "text/plain; charset=utf-8", text: `${text}\n` });

async function serve(
  deps: WorkerDeps,
  request: { method?: string | undefined; url?: string | undefined },
  response: ServerResponse,
): Promise<void> {
  const page = pages.get(request.url?.split("?")[0] ?? "");
  if (!page) return answer(response, 404, plain("There is /metrics and /metrics/agent."));
  if (request.method !== "GET") return answer(response, 405, plain("GET only."));
  try {
    answer(response, 200, await page(deps));
  } catch (error) {
    deps.log.warn({ err: error, url: request.url }, "A scrape failed.");
    answer(response, 503, plain(errorText(error)));
  }
}

/**
 * Answers Prometheus on loopback: figures and no names, so whoever has an account on the host may read them. Without the
 * port (a second worker on the host) this worker is not watched, and works all the same.
 */
export function serveMetrics(deps: WorkerDeps, port: number | undefined): Server | null {
  if (port === undefined) return null;
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    serve(deps, request, response).catch((error: unknown) => {
      deps.log.error({ err: error }, "A scrape could not be answered.");
      response.destroy();
    });
  });
  server.on("error", (error) => deps.log.warn({ err: error, port }, "Not listening for Prometheus."));
  server.listen(port, "127.0.0.1");
  return server;
}
