/** What a failure means, independent of any transport. `lib/api/problem.ts` maps each code to HTTP, exhaustively. */
export const errorCodes = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "insufficient_funds",
  "too_many",
  "too_large",
  "unavailable",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What stands in the way, of a `conflict`: its title says it. */
export const conflictKinds = [
  "no_gpu",
  "limit_reached",
  "in_use",
  "taken",
  "no_ssh_key",
  "not_extendable",
  "changed_meanwhile",
  "last_admin",
  "closed",
  "account_frozen",
  "hold_ended",
] as const;

export type ConflictKind = (typeof conflictKinds)[number];

export interface AppErrorOptions {
  /** One message per field path, shown beside the field. */
  fields?: Record<string, string>;
  /** Seconds after which a retry may succeed. */
  retryAfterSeconds?: number;
  /** Of a `conflict`, where it is one that people meet. */
  conflict?: ConflictKind;
  /** For logs only, never shown. */
  cause?: unknown;
}

/** An expected failure whose `message` is safe and useful to show: what failed, which thing, what to do. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly fields: Record<string, string> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly conflict: ConflictKind | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.conflict = options.conflict;
  }
}

/** The text of anything thrown, for logs and for rows that keep a reason. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
