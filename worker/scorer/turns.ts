/** Lets so many run at once; the others wait, first come first served, those of low priority behind all others. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly behind: (() => void)[] = [];

  constructor(private readonly parallel: number) {}

  /**
   * Runs `work` when its turn comes. One of low priority that runs is not interrupted.
   * @throws the signal's reason where it is aborted before: then `work` never begins
   */
  async take<T>(work: () => Promise<T>, signal: AbortSignal, lowPriority = false): Promise<T> {
    const line = lowPriority ? this.behind : this.waiting;
    if (this.running < this.parallel) this.running += 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.waiting.shift() ?? this.behind.shift();
      // The turn is handed on: nobody who comes now gets in between.
      if (next) next();
      else this.running -= 1;
    }
  }
}
