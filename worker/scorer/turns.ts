/** Lets so many run at once; the others wait, first come first served. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly parallel: number) {}

  /**
   * Runs `work` when its turn comes.
   * @throws the signal's reason where it is aborted before: then `work` never begins
   */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.running < this.parallel) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The turn is handed on: nobody who comes now gets in between.
      if (next) next();
      else this.running -= 1;
    }
  }
}
