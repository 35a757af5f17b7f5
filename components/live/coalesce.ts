/**
 * Gathers what comes in bursts: the first goes on at once, what follows together, at most every `everyMs` and never
 * while the last round still runs; what came meanwhile gets one more round.
 * @param run must not reject
 * @returns `add`, and `stop`, which drops what waits
 */
export function coalesce<Item>(run: (items: ReadonlySet<Item>) => Promise<unknown>, everyMs: number) {
  let waiting = new Set<Item>();
  let running = false;
  let lastAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const schedule = () => {
    if (running || timer !== undefined || waiting.size === 0) return;
    timer = setTimeout(() => void flush(), Math.max(0, lastAt + everyMs - performance.now()));
  };
  const flush = async () => {
    const items = waiting;
    waiting = new Set();
    timer = undefined;
    running = true;
    lastAt = performance.now();
    await run(items);
    running = false;
    schedule();
  };
  return {
    add: (item: Item) => {
      waiting.add(item);
      schedule();
    },
    stop: () => {
      waiting.clear();
      clearTimeout(timer);
    },
  };
}
