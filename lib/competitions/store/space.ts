import { statfs } from "node:fs/promises";
import { AppError } from "@/lib/kernel/errors";
import { diskReserve, spaceStepBytes } from "./tunables";

/** What of a disk stays free, in bytes: the database is on it, too. */
export function reserveOf(diskBytes: number): number {
  return Math.min(diskReserve.bytes, Math.ceil(diskBytes * diskReserve.share));
}

function noRoom(cause?: unknown): AppError {
  return new AppError(
    "unavailable",
    "The lab's disk has no room for this file. An administrator has to make some.",
    { cause },
  );
}

/** What writing failed with, as its sender shall hear of it: of a full disk what can be done, of all else nothing new. */
export function writeFailure(error: unknown): unknown {
  const isFull =
    error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
  return isFull ? noRoom(error) : error;
}

async function fits(folder: string, bytes: number): Promise<boolean> {
  const { bsize, blocks, bavail } = await statfs(folder);
  return bavail * bsize - bytes >= reserveOf(blocks * bsize);
}

/**
 * That so many bytes fit on the store's disk without filling it, as far as can be said before any of them comes.
 * @throws AppError `unavailable` where they don't
 */
export async function assertSpace(folder: string, bytes: number): Promise<void> {
  if (!(await fits(folder, bytes))) throw noRoom();
}

/** A writer's share of the disk. */
export interface SpaceShare {
  /**
   * Before so many bytes more are written.
   * @throws AppError `unavailable` where they would fill the disk
   */
  before(bytes: number): Promise<void>;
  /** What was not written is free for others. */
  release(): void;
}

/**
 * Shares a disk out among files that arrive at the same time in this process, a step at a time: a look at the disk does not
 * show what the others are about to write, and a file's size, which may be far off and never come, is nothing to count by.
 */
export class DiskSpace {
  /** Of all shares, not written yet. */
  private shared = 0;

  constructor(private readonly folder: string) {}

  share(): SpaceShare {
    let left = 0;
    const take = async (bytes: number) => {
      // Counted before the look, so that of many at once none overlooks another.
      this.shared += bytes;
      const ok = await fits(this.folder, this.shared).catch((error: unknown) => {
        this.shared -= bytes;
        throw error;
      });
      if (!ok) {
        this.shared -= bytes;
        throw noRoom();
      }
      left += bytes;
    };
    return {
      before: async (bytes) => {
        if (left < bytes) await take(Math.max(bytes - left, spaceStepBytes));
        left -= bytes;
        this.shared -= bytes;
      },
      release: () => {
        this.shared -= left;
        left = 0;
      },
    };
  }
}
