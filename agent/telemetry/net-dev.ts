export interface NetworkUse {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/**
 * Sums `/proc/<pid>/net/dev`, the counters of a network namespace's interfaces, over all but loopback: its first column
 * is what was received, its ninth what was sent.
 */
export function readNetDev(text: string): NetworkUse {
  const sum = { receivedBytes: 0, sentBytes: 0 };
  for (const line of text.split("\n")) {
    const [, name, counters = ""] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === "lo") continue;
    const columns = counters.split(/\s+/).map(Number);
    sum.receivedBytes += columns[0] ?? 0;
    sum.sentBytes += columns[8] ?? 0;
  }
  return sum;
}
