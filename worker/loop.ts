import type { Logger } from "@/lib/kernel/log";

export interface Loop {
  /** Runs now, or once more when it is running: any number of calls in between make one run. */
  wake(): void;
  /** No further run; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/** Told how long each round of a loop took, in seconds, and whether it came to its end. */
export type ObserveLoop = (loop: string, seconds: number, ok: boolean) => void;

export interface LoopOptions {
  /** Pause between rounds, in ms; a function says anew after each. */
  readonly every: number | (() => number);
  readonly log: Logger;
  readonly observe?: ObserveLoop;
}

/** A round that fails is logged and tried again with the next; only a wrong program ends the worker. */
export function startLoop(name: string, options: LoopOptions, round: () => Promise<void>): Loop {
  const { every, log, observe } = options;
  let stopped = false;
  let again = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    do {
      again = false;
      const startedAt = performance.now();
      let ok = true;
      try {
        await round();
      } catch (error) {
        ok = false;
        log.error({ err: error, loop: name }, "A round failed; the next one tries again.");
      }
      observe?.(name, (performance.now() - startedAt) / 1_000, ok);
    } while (again && !stopped);
    running = null;
    if (!stopped) timer = setTimeout(wake, typeof every === "number" ? every : every());
  }

  function wake(): void {
    if (stopped) return;
    if (running !== null) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = run();
  }

  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
