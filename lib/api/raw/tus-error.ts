import { ERRORS } from "@tus/server";
import { z } from "zod";
import { AppError, type ErrorCode } from "@/lib/kernel/errors";

/** What `@tus/server` throws of its own. */
const thrown = z.object({ status_code: z.number(), body: z.string() });

const codes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid",
  403: "invalid",
  404: "not_found",
  410: "not_found",
  412: "invalid",
  413: "too_large",
  501: "invalid",
};

/**
 * A failure of `@tus/server`'s as ours, so that it becomes a problem like any other: what our own hooks threw is that, a
 * part that broke off on its way is to be sent again, and the rest is what the protocol refuses.
 * @param failure what it caught; undefined where it refused without an error
 */
export function tusError(failure: unknown, status: number, text: string): unknown {
  const own = thrown.safeParse(failure);
  if (failure !== undefined && !own.success) return failure;
  const another = { retryAfterSeconds: 1, cause: failure };
  if (failure === ERRORS.INVALID_TERMINATION)
    return new AppError("conflict", "All of it is there, and it is being submitted.");
  if (failure === ERRORS.ABORTED)
    return new AppError("conflict", "Another request for this upload came in between.", another);
  // Only this conflict goes by asking once more; Retry-After tells it from those that don't.
  if (failure === ERRORS.INVALID_OFFSET)
    return new AppError("conflict", "tus: Upload-Offset is not where the upload stands.", another);
  const code = codes[own.data?.status_code ?? status];
  if (code !== undefined) return new AppError(code, sentence(own.data?.body ?? text), { cause: failure });
  return new AppError("unavailable", "This part did not arrive whole. Ask for the offset and go on there.", {
    ...another,
  });
}

function sentence(text: string): string {
  return `tus: ${text.trim()}.`;
}
