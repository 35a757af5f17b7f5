import type { Logger } from "@/lib/kernel/log";

export interface Loop {
  /** Runs now, or once more when it is running: any number of calls in between make one run. */
  wake(): void;
  /** No further run; resolves when the present one has ended. */
  stop(): Promise<void>;
}

/** A round that fails is logged and tried again with the next; only a wrong program ends the worker. */
export function startLoop(name: string, everyMs: number, log: Logger, round: () => Promise<void>): Loop {
  let stopped = false;
  let again = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    do {
      again = false;
      try {
        await round();
      } catch (error) {
        log.error({ err: error, loop: name }, "A round failed; the next one tries again.");
      }
    } while (again && !stopped);
    running = null;
    if (!stopped) timer = setTimeout(wake, everyMs);
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
