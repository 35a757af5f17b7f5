const units = ["B", "kB", "MB", "GB", "TB"] as const;

/**
 * Bytes with three figures, whole numbers bare: `512 B`, `48.2 MB`, `1.20 GB`, `50 GB`. Powers of 1024, as ZFS counts
 * quotas, so that a full 50 GB workspace reads 50 GB.
 */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 and up would round to a fourth digit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return `${value} B`;
  const figures = value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  return `${figures.replace(/\.0+$/, "")} ${units[unit]}`;
}
