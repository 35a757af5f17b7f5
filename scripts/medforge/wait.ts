import { setTimeout as sleep } from "node:timers/promises";

/** Pause between two looks, in ms: short against every start-up time here, long against the cost of a look. */
const pollMs = 100;

/** Resolves to why something is not ready yet, or null once it is. */
export type Probe = () => Promise<string | null>;

/**
 * Looks until the probe is satisfied.
 * @throws Error with the probe's last reason once `timeoutMs` have passed.
 */
export async function waitFor(what: string, timeoutMs: number, probe: Probe): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const reason = await probe();
    if (reason === null) return;
    if (performance.now() > deadline) throw new Error(`${what}: ${reason} (waited ${timeoutMs / 1000} s)`);
    await sleep(pollMs);
  }
}
