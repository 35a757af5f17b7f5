import { ORPCError, ValidationError } from "@orpc/contract";
import { z } from "zod";
import { databaseOutage, type Outage } from "@/db/failures";
import { AppError, type ConflictKind, type ErrorCode } from "@/lib/kernel/errors";
import { fieldMessages, fieldsText, issueText } from "@/lib/kernel/issue-text";
import { type ProblemBody, problemContentType } from "./problem-body";

export interface Problem {
  readonly body: ProblemBody;
  readonly headers: Record<string, string>;
  /** True when it is nobody's expected answer: log it with its cause. */
  readonly unexpected: boolean;
}

// For the whole process: oRPC asks the schemas itself, and nothing can be handed to it for them.
z.config({ customError: issueText });

const typePrefix = "urn:medforge:problem:";

/** What only the HTTP edge can find wrong, besides the domains' codes. */
type EdgeCode = "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "internal";
export type ProblemCode = ErrorCode | EdgeCode;

const statuses: Record<ProblemCode, { status: number; title: string }> = {
  invalid: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Not signed in" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "Not possible in the present state" },
  insufficient_funds: { status: 409, title: "Not enough to pay for it" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "Unsupported content type" },
  range_not_satisfiable: { status: 416, title: "The range is not in the file" },
  too_many: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something failed on our side" },
  unavailable: { status: 503, title: "Not available just now" },
};

/** The type stays `conflict`, which programs know; readers of the API see what kind it is. */
const conflictTitles: Record<ConflictKind, string> = {
  no_gpu: "No GPU to be had",
  limit_reached: "Limit reached",
  in_use: "In use just now",
  taken: "Taken already",
  no_ssh_key: "An SSH key is missing",
  not_extendable: "Can't be extended like that",
  changed_meanwhile: "Changed meanwhile",
  last_admin: "The last administrator",
  closed: "Closed for submissions",
  account_frozen: "Account frozen",
  hold_ended: "No longer held",
};

interface ProblemDetails {
  title?: string | undefined;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
  unexpected?: boolean;
}

/** What a person can do about it; the failure itself is in the log. */
const outageTexts: Record<Outage, string> = {
  unreachable: "The database does not answer just now. Try again in a few seconds.",
  full: "The database's disk is full, so nothing can be saved. An administrator has to make room.",
};
/** A database that was killed is back after some seconds. */
const outageRetrySeconds = 5;

/** The answer for a known code. */
export function problem(
  code: ProblemCode,
  detail: string,
  requestId: string,
  details: ProblemDetails = {},
): Problem {
  const { status, title: usual } = statuses[code];
  return {
    body: {
      type: `${typePrefix}${code}`,
      title: details.title ?? usual,
      status,
      detail,
      instance: requestId,
      ...(details.fields ? { errors: details.fields } : {}),
    },
    headers: { ...(status === 401 ? { "www-authenticate": "Bearer" } : {}), ...details.headers },
    unexpected: details.unexpected ?? false,
  };
}

/** A problem as HTTP has it. */
export function problemResponse({ body, headers }: Problem): Response {
  return Response.json(body, {
    status: body.status,
    headers: { ...headers, "content-type": problemContentType },
  });
}

/**
 * The answer for anything thrown. Only an `AppError`'s text and validation messages are shown; whatever else it was
 * stays in the log under the request id.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof AppError) {
    const retry = error.retryAfterSeconds;
    return problem(error.code, error.message, requestId, {
      fields: error.fields,
      title: error.conflict && conflictTitles[error.conflict],
      headers: retry === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retry))) },
    });
  }
  if (error instanceof ORPCError && error.code === "BAD_REQUEST" && error.cause instanceof ValidationError) {
    const fields = fieldMessages(error.cause.issues);
    return problem("invalid", fieldsText(fields), requestId, { fields });
  }
  const outage = databaseOutage(error);
  if (outage !== undefined) {
    return problem("unavailable", `${outageTexts[outage]} Request id: ${requestId}.`, requestId, {
      headers: { "retry-after": String(outageRetrySeconds) },
      unexpected: true,
    });
  }
  return problem(
    "internal",
    `Something failed on our side. If it happens again, tell your administrator this id: ${requestId}.`,
    requestId,
    { unexpected: true },
  );
}
