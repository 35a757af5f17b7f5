import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@/lib/kernel/errors";
import { size } from "@/lib/kernel/size";
import { flush } from "./flush";
import type { StoreLayout } from "./layout";
import { type DiskSpace, type SpaceShare, writeFailure } from "./space";

/** Folders are for web and the scorer's group, which they inherit: see set-up. */
const folderMode = 0o750;
/** While it arrives a file is web's alone; then nobody changes it, and the scorer may read it. */
const arrivingMode = 0o600;
const keptMode = 0o440;

/** The store, and its disk. */
export interface StorePlace {
  readonly store: StoreLayout;
  readonly space: DiskSpace;
}

/** A file that has arrived whole and is on the disk, but not under its name yet. */
export interface Staged {
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/**
 * Writes a body to the disk as it comes; digest and size are made on the way, so that memory holds a chunk and no more.
 * What does not arrive whole leaves nothing behind.
 * @throws AppError `too_large` past `maxBytes`, `unavailable` when the disk has no room left; what the body and the disk throw
 */
export async function stage(
  { store, space }: StorePlace,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Staged> {
  const path = await newStaged(store);
  const handle = await open(path, "wx", arrivingMode);
  const share = space.share();
  try {
    const written = await writeAll(handle, share, body, maxBytes);
    await handle.chmod(keptMode);
    await handle.sync();
    return { path, ...written };
  } catch (error) {
    await rm(path, { force: true });
    throw writeFailure(error);
  } finally {
    share.release();
    await handle.close();
  }
}

/**
 * The same for a file that lies on the disk already, whole: it is read for its digest and gets a second name, which takes no
 * room. Where it can't have one, or is of another group than the store's files, it is copied.
 */
export async function stageInPlace(place: StorePlace, from: string, bytes: number): Promise<Staged> {
  const path = await newStaged(place.store);
  const handle = await open(from, "r");
  try {
    const isOurs = (await handle.stat()).gid === (await stat(place.store.staged)).gid;
    if (!isOurs || !(await linked(from, path))) return await stage(place, createReadStream(from), bytes);
    const hash = createHash("sha256");
    for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
    const now = new Date();
    await handle.utimes(now, now);
    await handle.chmod(keptMode);
    await handle.sync();
    return { path, bytes, sha256: hash.digest("hex") };
  } catch (error) {
    await rm(path, { force: true });
    throw writeFailure(error);
  } finally {
    await handle.close();
  }
}

async function newStaged(store: StoreLayout): Promise<string> {
  await mkdir(store.staged, { recursive: true, mode: folderMode });
  return join(store.staged, randomBytes(16).toString("hex"));
}

/** A second name; false where the file system or the kernel gives none. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      ["EXDEV", "EPERM", "EMLINK"].includes(String(error.code))
    )
      return false;
    throw error;
  }
}

async function writeAll(
  handle: FileHandle,
  share: SpaceShare,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
) {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    await share.before(chunk.byteLength);
    hash.update(chunk);
    await handle.writeFile(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The refusal of a file that is over a competition's limit. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError("too_large", `The file is larger than this competition takes: ${size(maxBytes)}.`);
}

/**
 * Gives a file its name in the store. Always by a rename, also over the same content: its age is then that of its last
 * arrival, by which the sweep knows that somebody is about to name it.
 */
export async function keep(store: StoreLayout, staged: Staged): Promise<void> {
  const folder = store.submissionFolder(staged.sha256);
  if (await made(folder)) await flush(store.submissions);
  await rename(staged.path, store.submission(staged.sha256));
  // Of two names of one file a rename leaves both.
  await rm(staged.path, { force: true });
  await flush(folder);
}

/** Away with a file that is not wanted after all. */
export async function discard(staged: Staged): Promise<void> {
  await rm(staged.path, { force: true });
}

async function made(folder: string): Promise<boolean> {
  return (await mkdir(folder, { recursive: true, mode: folderMode })) !== undefined;
}
