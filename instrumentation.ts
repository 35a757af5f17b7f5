import type { Instrumentation } from "next";

/** Puts whatever a page or action threw into the log, under the id that the error page shows. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  const { webServices } = await import("@/lib/api/services");
  const digest = error instanceof Error && "digest" in error ? error.digest : undefined;
  webServices().log.error(
    { err: error, requestId: digest, method: request.method, path: request.path, route: context.routePath },
    "page failed",
  );
};
