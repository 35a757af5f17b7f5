/** Runs tasks side by side up to a limit, and can wait for all of them. */
export interface Runner {
  /** How many more may start now. */
  free(): number;
  /** Whether any runs. */
  busy(): boolean;
  /** Starts a task; it must not reject. `done` of the runner is called when it has ended. */
  start(task: () => Promise<void>): void;
  /** Waits for what runs, at most `ms`. False when something still ran then. */
  drain(ms: number): Promise<boolean>;
}

/** @param done called after each task, e.g. to claim the next */
export function createRunner(limit: number, done: () => void): Runner {
  const running = new Set<Promise<void>>();
  return {
    free: () => limit - running.size,
    busy: () => running.size > 0,
    start(task) {
      const promise = task().finally(() => {
        running.delete(promise);
        done();
      });
      running.add(promise);
    },
    async drain(ms) {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), ms);
      });
      const all = Promise.allSettled(running).then(() => true);
      const drained = await Promise.race([all, timeout]);
      clearTimeout(timer);
      return drained;
    },
  };
}
