const units = ["B", "kB", "MB", "GB", "TB"] as const;

/**
 * Bytes with three figures: `512 B`, `48.2 MB`, `1.20 GB`. Powers of 1024, as ZFS counts quotas,
 * so that a full 50 GB workspace reads 50 GB.
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
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${units[unit]}`;
}

/** The exact figure, for hover: `1 288 490 188 bytes`. */
export function exactBytes(bytes: number): string {
  return `${String(bytes).replace(/\B(?=(\d{3})+$)/g, " ")} bytes`;
}

const bytesPerGb = 1024 ** 3;
/** Above it a workspace is shown as nearly full. */
const nearlyFullShare = 0.9;

export interface QuotaUse {
  /** 0 to 100. */
  readonly percent: number;
  readonly nearlyFull: boolean;
  readonly text: string;
}

/** How full a workspace is; null before it was first measured. */
export function quotaUse(usedBytes: number | null, quotaGb: number): QuotaUse | null {
  if (usedBytes === null) return null;
  const share = usedBytes / (quotaGb * bytesPerGb);
  return {
    percent: Math.min(100, Math.max(0, share * 100)),
    nearlyFull: share >= nearlyFullShare,
    text: `${size(usedBytes)} of ${quotaGb} GB`,
  };
}
