const firstPauseMs = 10 * 60_000;
const longestPauseMs = 24 * 3600_000;

/**
 * The least time from one restart of the engine to the next for the same cause. Each doubles it: where two installations
 * share a host, each one's restart takes the other's rules away, and they must not take turns for ever.
 * @param before the pause that was kept last, 0 for none
 * @param wellMs how long the cause had been away
 * @returns ms
 */
export function pauseAfter(before: number, wellMs: number): number {
  return wellMs > longestPauseMs || before === 0 ? firstPauseMs : Math.min(before * 2, longestPauseMs);
}

/** How often the engine is restarted for one cause. Times are ms on the monotonic clock. */
export class RestartPause {
  #restartedAt = Number.NEGATIVE_INFINITY;
  #amissAt = Number.NEGATIVE_INFINITY;
  #wellMs = Number.POSITIVE_INFINITY;
  #pauseMs = 0;

  /** The cause is there. @returns how long ago the engine was restarted for it, null where it may be once more */
  restartedLately(now: number): number | null {
    this.#wellMs = now - this.#amissAt;
    this.#amissAt = now;
    const rested = now - this.#restartedAt;
    return rested < this.#pauseMs ? rested : null;
  }

  restarted(now: number): void {
    this.#restartedAt = now;
    this.#pauseMs = pauseAfter(this.#pauseMs, this.#wellMs);
  }
}
