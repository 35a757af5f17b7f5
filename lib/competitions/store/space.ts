import { statfs } from "node:fs/promises";
import { AppError } from "@/lib/kernel/errors";
import { diskReserve } from "./tunables";

/** What of a disk stays free, in bytes: the database is on it, too. */
export function reserveOf(diskBytes: number): number {
  return Math.min(diskReserve.bytes, Math.ceil(diskBytes * diskReserve.share));
}

/**
 * That so many bytes fit on the store's disk without filling it.
 * @throws AppError `unavailable` where they don't
 */
export async function assertSpace(folder: string, bytes: number): Promise<void> {
  const { bsize, blocks, bavail } = await statfs(folder);
  if (bavail * bsize - bytes >= reserveOf(blocks * bsize)) return;
  throw new AppError(
    "unavailable",
    "The lab's disk has no room for this file. An administrator has to make some.",
  );
}
