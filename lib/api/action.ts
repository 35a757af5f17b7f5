import "server-only";
import { createRouterClient } from "@orpc/server";
import { cookies, headers } from "next/headers";
import type { CookieJar } from "@/lib/auth/procedure";
import type { ActionResult } from "./action-result";
import { createContext, newRequestId } from "./context";
import { logFailure } from "./failure-log";
import { guardOrigin } from "./origin";
import { toProblem } from "./problem";
import { type Api, routerOf } from "./router";
import { webServices } from "./services";

export type { ActionResult } from "./action-result";

/**
 * Runs a procedure for a server action: same guard, same authorisation, same validation, same log line as over REST.
 * Never throws. `name` is for the log.
 */
export async function runAction<Data>(
  name: string,
  call: (api: Api) => Promise<{ data: Data }>,
): Promise<ActionResult<Data>> {
  const services = webServices();
  const requestId = newRequestId();
  const startedAt = performance.now();
  let userId: string | undefined;
  let status = 200;
  try {
    const incoming = new Headers(await headers());
    incoming.delete("authorization");
    guardOrigin("POST", incoming, services.settings);
    const context = await createContext(services, { headers: incoming, requestId, cookies: await nextJar() });
    userId = context.actor?.publicId;
    const { data } = await call(createRouterClient(routerOf(context.surface), { context }));
    return { ok: true, data };
  } catch (error) {
    const { body, unexpected } = toProblem(error, requestId);
    status = body.status;
    if (unexpected) logFailure(services.log, error, requestId);
    return { ok: false, problem: body };
  } finally {
    const ms = Math.round(performance.now() - startedAt);
    services.log.info({ requestId, userId, method: "ACTION", path: name, status, ms }, "request");
  }
}

async function nextJar(): Promise<CookieJar> {
  const store = await cookies();
  return {
    set: (name, value, { expires, path, secure }) => {
      store.set(name, value, { expires, path, secure, httpOnly: true, sameSite: "lax" });
    },
  };
}
