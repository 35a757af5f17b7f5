import { type Fullness, fullness, percentOf } from "@/lib/kernel/fullness";
import { size } from "@/lib/kernel/size";
import type { WorkspaceView } from "@/lib/workspaces/model";

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
