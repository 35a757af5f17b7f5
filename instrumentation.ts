import type { Instrumentation } from "next";

/** Once, before the first request. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a constant that the build puts in, so that no Node module gets into the edge bundle
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { allowLongUploads } = await import("@/lib/api/long-uploads");
    allowLongUploads();
  }
}

/** Puts whatever a page or action threw into the log, under the id that the error page shows. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  // biome-ignore lint/style/noProcessEnv: a constant that the build puts in, so that no Node module gets into the edge bundle
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { webServices } = await import("@/lib/api/services");
    const { logFailure } = await import("@/lib/api/failure-log");
    const digest = error instanceof Error && "digest" in error ? String(error.digest) : undefined;
    const { method, path } = request;
    logFailure(webServices().log.child({ method, path, route: context.routePath }), error, digest);
  }
};
