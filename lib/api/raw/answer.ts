import { assertSurface, signedIn } from "@/lib/auth/procedure";
import { createContext, type Trace, type WebServices } from "../context";
import { drain } from "../drain";
import { HeaderJar } from "../header-jar";
import { guardOrigin } from "../origin";
import { problemResponse } from "../problem";
import { reported } from "../reported";
import type { RawCall, RawRoute } from "./route";

interface Found extends Omit<RawCall, "context"> {
  readonly route: RawRoute;
  readonly trace: Trace;
}

/**
 * Answers for a route that is no procedure: who calls, from where and on which surface is decided as for procedures, and
 * what is refused gets the same problem. A refusal waits for the body to end, within bounds: under an answer that comes
 * while Caddy still sends, the client's connection may be closed before it has read it.
 */
export async function answerRaw(services: WebServices, { route, trace, ...call }: Found): Promise<Response> {
  const { request } = call;
  const cookies = new HeaderJar();
  const response = await answered().catch((error: unknown) =>
    problemResponse(reported(error, { requestId: trace.requestId, log: services.log })),
  );
  if (response.status >= 400) await drain(request.body);
  for (const line of cookies.lines) response.headers.append("set-cookie", line);
  return response;

  async function answered(): Promise<Response> {
    guardOrigin(request.method, request.headers, services.settings);
    const { requestId } = trace;
    const context = await createContext(services, { headers: request.headers, requestId, cookies });
    trace.userId = context.actor?.publicId;
    const actor = signedIn(context);
    if (route.surface !== null) assertSurface(context, route.surface);
    return route.handle({ ...call, context: { ...context, actor } });
  }
}
