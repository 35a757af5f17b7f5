import pino, { type Logger } from "pino";

export type { Logger } from "pino";

/**
 * JSON lines on standard output; the supervisor prefixes and stores them. Bind `requestId`, `userId`,
 * `slug` with `log.child(...)` so that every line of one story can be found by one id.
 */
export function createLog(part: string, level: string): Logger {
  return pino({
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        "password",
        "token",
        "cookie",
        "authorization",
        "*.password",
        "*.token",
        "*.cookie",
        "*.authorization",
      ],
      censor: "[redacted]",
    },
  });
}
