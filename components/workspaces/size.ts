import { type Fullness, fullness, percentOf } from "@/lib/kernel/fullness";
import type { WorkspaceView } from "@/lib/workspaces/model";

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

export interface QuotaUse {
  /** 0 to 100. */
  readonly percent: number;
  /** From 80 % it warns, from 95 % urgently. */
  readonly level: Fullness;
  readonly text: string;
}

/** How full a workspace is; null before it was first measured. */
export function quotaUse(usedBytes: number | null, quotaGb: number): QuotaUse | null {
  if (usedBytes === null) return null;
  return shareOf(usedBytes, quotaGb * bytesPerGb, `${quotaGb} GB`);
}

function shareOf(used: number, limit: number, limitText: string): QuotaUse {
  return {
    percent: percentOf(used, limit),
    level: fullness(used, limit),
    text: `${size(used)} of ${limitText}`,
  };
}

type Sizes = Pick<WorkspaceView, "totalBytes" | "spaceBytes">;

/** How full it is with all its snapshots; null before it was measured, or where nothing bounds it. */
export function spaceUse({ totalBytes, spaceBytes }: Sizes): QuotaUse | null {
  if (totalBytes === null || spaceBytes === null) return null;
  return shareOf(totalBytes, spaceBytes, size(spaceBytes));
}
