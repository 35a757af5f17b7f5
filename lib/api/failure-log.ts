import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";

/** Drizzle's error for a failed query: its message, its stack and its `params` hold what was asked for. */
interface QueryError extends Error {
  readonly query: string;
}

/** By its shape: each of Next's bundles has a class of its own, and what a page throws comes from another bundle. */
function isQueryError(error: unknown): error is QueryError {
  return error instanceof Error && "query" in error && typeof error.query === "string" && "params" in error;
}

/** The failed query behind an error, however often it was wrapped. */
function queryErrorIn(error: unknown): QueryError | undefined {
  if (isQueryError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? queryErrorIn(error.cause) : undefined;
}

/**
 * Logs what nobody expected, with its cause. Of a failed query it keeps the text and MariaDB's reason, but neither the
 * parameters nor the driver's error, which repeats them: they may be password hashes and addresses.
 */
export function logFailure(log: Logger, error: unknown, requestId: string | undefined): void {
  const failed = queryErrorIn(error);
  if (failed) {
    const { query, stack, cause } = failed;
    // A stack begins with the message, which has the parameters too.
    const frames = stack?.slice(stack.indexOf("\n    at "));
    log.error({ requestId, query, reason: errorText(cause), frames }, "request failed at the database");
  } else {
    log.error({ requestId, err: error }, "request failed");
  }
}
