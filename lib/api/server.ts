import "server-only";
import { createRouterClient } from "@orpc/server";
import { headers } from "next/headers";
import { cache } from "react";
import type { RequestContext } from "@/lib/auth/procedure";
import { type Surface, type SurfaceUrls, surfaceOf } from "@/lib/kernel/surface";
import { createContext, newRequestId } from "./context";
import { type Api, routerOf } from "./router";
import { webServices } from "./services";

/** Who is looking at the page being rendered. Once per request, however many components ask. */
export const getServerContext = cache(async (): Promise<RequestContext> => {
  const incoming = new Headers(await headers());
  // Pages are for people: an API token in a header is the API's business.
  incoming.delete("authorization");
  return createContext(webServices(), { headers: incoming, requestId: newRequestId(), cookies: null });
});

/** The surface a page is on, for what is shown before or without knowing who looks; and where both surfaces are. */
export async function getSurface(): Promise<{ surface: Surface; urls: SurfaceUrls }> {
  const urls = webServices().settings;
  return { surface: surfaceOf((await headers()).get("host"), urls), urls };
}

/** The procedures, called in process on behalf of whoever looks at the page. Throws what the procedures throw. */
export async function getServerApi(): Promise<Api> {
  const context = await getServerContext();
  return createRouterClient(routerOf(context.surface), {
    context,
    interceptors: [async ({ next }) => next().catch((error) => rethrowWithId(error, context.requestId))],
  });
}

/** Next shows an error's digest on the error page and gives it to `onRequestError`; it makes one up where there is none. */
function rethrowWithId(error: unknown, requestId: string): never {
  if (error instanceof Error && !("digest" in error)) Object.assign(error, { digest: requestId });
  throw error;
}
