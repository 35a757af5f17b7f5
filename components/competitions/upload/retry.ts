/** What a try of an upload ended with. */
export interface Failure {
  readonly method: string;
  /** The answer's; 0 where there was none. */
  readonly status: number;
  /** Whether the lab says that another try is worth it, and in how many seconds; null: it does not say so. */
  readonly retryAfterSeconds: number | null;
}

/** Between tries, the last one for all that follow; each begins where the one before got to. ms */
const pauses = [0, 1_000, 2_000, 4_000, 8_000] as const;
/** A failure on the lab's side that it knows no end of is shown after so many tries. */
const triesOfFailures = 3;
/** Who would have to wait for longer is told so instead. s */
const longestWaitSeconds = 60;

/**
 * How long to wait before an upload is tried again by itself, in ms; null where the lab refused it, which another try would
 * not change. Without an answer it is tried without end: nothing is lost meanwhile.
 * @param tries those that failed since something last arrived
 */
export function pauseBeforeNext(
  { method, status, retryAfterSeconds }: Failure,
  tries: number,
): number | null {
  const pause = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
  if (status === 0) return pause;
  // Of what is refused before any of it was sent nothing is lost; the person knows better what to do.
  if (status < 500 && method === "POST") return null;
  if (retryAfterSeconds !== null)
    return retryAfterSeconds <= longestWaitSeconds ? Math.max(pause, retryAfterSeconds * 1_000) : null;
  return status >= 500 && tries < triesOfFailures ? pause : null;
}

/** A header `Retry-After` in seconds, as the lab gives it; null where there is none. */
export function secondsIn(header: string | null | undefined): number | null {
  return header && /^\d+$/.test(header) ? Number(header) : null;
}
