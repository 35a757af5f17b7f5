import { setTimeout as pause } from "node:timers/promises";

/** Between two looks, in ms: short against every step of a session, long against the cost of a look. */
const lookEveryMs = 50;

/**
 * Looks again and again until `look` returns something other than undefined.
 * @param lastSeen what was last seen, for the error
 * @throws Error with the last state once `timeoutMs` have passed
 */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined> | T | undefined,
  lastSeen: () => unknown = () => undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      const last = lastSeen();
      const tail = last === undefined ? "" : `; last seen: ${JSON.stringify(last, null, 1)}`;
      throw new Error(`${what}: not within ${timeoutMs / 1000} s${tail}`);
    }
    await pause(lookEveryMs);
  }
}
