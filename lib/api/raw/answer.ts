import { assertSurface, signedIn } from "@/lib/auth/procedure";
import { createContext, type Trace, type WebServices } from "../context";
import { brief, drain, patient } from "../drain";
import { logFailure } from "../failure-log";
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
  let userId: number | undefined;
  const response = await answered().catch((error: unknown) => {
    const { requestId } = trace;
    const answer = reported(error, { requestId, log: services.log });
    // What the store could not do is the operator's to mend, though its sender is told in our own words.
    if (!answer.unexpected && answer.body.status >= 500) logFailure(services.log, error, requestId);
    return problemResponse(answer);
  });
  if (response.status >= 400) await readRest();
  for (const line of cookies.lines) response.headers.append("set-cookie", line);
  return response;

  /** Nobody whom the lab does not know, and nobody any number of times at once, may have it read what it refused. */
  async function readRest(): Promise<void> {
    const { drains } = call.parts;
    if (userId === undefined || !drains.isFree(userId)) return drain(request.body, brief);
    return drains.take(userId, () => drain(request.body, patient));
  }

  async function answered(): Promise<Response> {
    guardOrigin(request.method, request.headers, services.settings);
    const { requestId } = trace;
    const context = await createContext(services, { headers: request.headers, requestId, cookies });
    trace.userId = context.actor?.publicId;
    const actor = signedIn(context);
    userId = actor.userId;
    if (route.surface !== null) assertSurface(context, route.surface);
    return route.handle({ ...call, context: { ...context, actor } });
  }
}
