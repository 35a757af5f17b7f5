import { DrizzleQueryError } from "drizzle-orm/errors";
import { errorText } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";

/**
 * Logs what nobody expected, with its cause. Of a failed query it keeps the text and MariaDB's reason, but neither the
 * parameters nor the driver's error, which repeats them: they may be password hashes and addresses.
 */
export function logFailure(log: Logger, error: unknown, requestId: string): void {
  if (error instanceof DrizzleQueryError) {
    const { query, stack, cause } = error;
    // A stack begins with the message, which has the parameters too.
    const frames = stack?.slice(stack.indexOf("\n    at "));
    log.error({ requestId, query, reason: errorText(cause), frames }, "request failed at the database");
  } else {
    log.error({ requestId, err: error }, "request failed");
  }
}
