import type { ThrottleLimit } from "@/lib/auth/tunables";

/** So much of the store's disk stays free: the lesser of the two. */
export const diskReserve = { bytes: 5 * 2 ** 30, share: 0.05 } as const;

/** So much is taken of the disk at a time for a file that arrives, before it is looked whether there is room for more. */
export const spaceStepBytes = 8 * 2 ** 20;

/** What arrives in parts is given up when nothing of it came for so long, in ms. */
export const partialUploadMs = 24 * 3_600_000;
/** What one person may have on the way in parts: files, and bytes as they were announced. */
export const partialUploads = { files: 10, bytes: 16 * 2 ** 30 } as const;

/** How long a file of the store that no row names may lie there, in ms: far longer than from its rename to its row. */
export const orphanMs = 24 * 3_600_000;
/** How long the file of a rejected submission is kept, so that its submitter can look at it, in days. */
export const rejectedKeptDays = 7;
/** What one person may submit in 24 hours, in bytes, rejected files too: by these a disk could be filled past any quota. */
export const bytesPerDay = 32 * 2 ** 30;
/** How often web looks for such files, in ms. */
export const sweepMs = 3_600_000;

/** How many files one person may send at once, each in one go. */
export const uploadsAtOnce = 4;
/** An upload whose sender says nothing for so long is given up, in ms. */
export const uploadIdleMs = 60_000;
/** Uploads that one person may begin in a window: far above what a script needs, far below what fills a disk. */
export const uploadsPerAccount: ThrottleLimit = { attempts: 300, windowSeconds: 3_600 };

/** How long web's claim on an import holds without renewal, in ms, and how often it is renewed. */
export const importLease = { holdsMs: 30_000, renewMs: 5_000 } as const;
/** How often an import may be begun; whatever ends web each time it is read is in it. */
export const importTries = 3;
/** How often web looks for imports that nobody told it of, in ms: those that another process was killed at. */
export const importLookMs = 5_000;
