import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Entry, ZipFile } from "yauzl";
import { crc32 } from "../scoring/crc32";
import { isPackersRemark, openBoundedZip } from "../scoring/zip-reader";
import { folderLimits, nameProblem, zipLimits } from "./limits";
import { Findings, InvalidFolder } from "./problems";

export interface Unpacking {
  /** Before anything is written: that so many bytes may be. @throws what refuses it */
  readonly assertRoom: (bytes: number) => Promise<void>;
  /** Told after each piece how many bytes of how many are on the disk. @throws what ends it */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Packed {
  readonly name: string;
  readonly entry: Entry;
}

/**
 * Unpacks a zip that nobody has to be trusted for into an empty folder. Its table of contents is judged whole before the
 * first byte is written: names, kinds, how much is claimed. What is in a single folder is taken as if it were at the top.
 * Memory: the names, which are bounded, and a piece of a file.
 * @throws InvalidFolder with what is wrong, by entry; what `assertRoom` and the file system throw
 */
export async function unpackZip(path: string, dir: string, unpacking: Unpacking): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const zip = await openBoundedZip(file).catch((error: unknown) => {
      throw unlessOfSystem(error, "This is no zip, or not a whole one.");
    });
    const files = withoutTop(await judged(zip, size));
    const total = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    await unpacking.assertRoom(total);
    await writeAll(zip, files, dir, (done) => unpacking.onProgress?.(done, total));
    zip.close();
  } finally {
    await file.close();
  }
}

function refused(message: string, file = "."): InvalidFolder {
  return new InvalidFolder([{ file, message }]);
}

/** A disk that fails is nobody's fault who made a zip. */
function unlessOfSystem(error: unknown, message: string, file = "."): unknown {
  if (error instanceof InvalidFolder) return error;
  return error instanceof Error && "syscall" in error ? error : refused(message, file);
}

async function judged(zip: ZipFile, size: number): Promise<Packed[]> {
  if (zip.entryCount > zipLimits.entries)
    throw refused(`The zip has ${zip.entryCount} entries; ${zipLimits.entries} are taken.`);
  const findings = new Findings();
  const found = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      judgeEntry(entry, found, findings);
      if (findings.count >= zipLimits.findings) break;
    }
  } catch (error) {
    throw unlessOfSystem(error, "The zip's table of contents is damaged.");
  }
  findings.refuse();
  const files = [...found].map(([name, entry]) => ({ name, entry }));
  judgeFolders(found, findings);
  judgeBytes(files, size);
  findings.refuse();
  return files;
}

function judgeEntry(entry: Entry, found: Map<string, Entry>, findings: Findings): void {
  const name = entry.fileNameRaw.toString("utf8");
  if (isPackersRemark(name)) return;
  const problem = pathProblem(name) ?? kindProblem(entry) ?? contentProblem(entry, found.has(name));
  if (problem !== null) findings.add(JSON.stringify(name.slice(0, folderLimits.path)).slice(1, -1), problem);
  // Folders come with what is in them.
  else if (!name.endsWith("/")) found.set(name, entry);
}

function contentProblem(entry: Entry, isThere: boolean): string | null {
  if (isThere) return "The zip has it twice.";
  if (entry.isEncrypted()) return "It is encrypted.";
  if (!entry.canDecodeFileData())
    return `It is packed by method ${entry.compressionMethod}: use deflate, or store it.`;
  return entry.uncompressedSize > folderLimits.fileBytes
    ? `It has more than ${folderLimits.fileBytes} bytes.`
    : null;
}

/** Whatever would lead out of the folder has a part that is no name. */
function pathProblem(name: string): string | null {
  if (name.length > folderLimits.path) return `Paths have at most ${folderLimits.path} characters.`;
  for (const part of name.replace(/\/$/, "").split("/")) {
    const problem = nameProblem(part);
    if (problem !== null) return problem;
  }
  return null;
}

const kinds = { mask: 0o170000, file: 0o100000, folder: 0o040000 } as const;
const unix = 3;

/** What was made on Unix says in its attributes what it is; 0 says nothing. */
function kindProblem({ versionMadeBy, externalFileAttributes }: Entry): string | null {
  if (versionMadeBy >>> 8 !== unix) return null;
  const kind = (externalFileAttributes >>> 16) & kinds.mask;
  if (kind === 0 || kind === kinds.file || kind === kinds.folder) return null;
  return "Neither a file nor a folder: put the file itself.";
}

/** No file where another's folder is. */
function judgeFolders(found: ReadonlyMap<string, Entry>, findings: Findings): void {
  const folders = new Set<string>();
  for (const name of found.keys())
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) folders.add(name.slice(0, at));
  for (const name of found.keys())
    if (folders.has(name)) findings.add(name, "The zip has a file and a folder of this name.");
}

/** @throws InvalidFolder of what takes a few bytes to claim and a disk to hold */
function judgeBytes(files: readonly Packed[], size: number): void {
  const sum = (of: (entry: Entry) => number) => files.reduce((all, { entry }) => all + of(entry), 0);
  if (sum(({ compressedSize }) => compressedSize) > size)
    throw refused("The zip's entries lie over each other: it is made to be larger than it can be.");
  const claimed = sum(({ uncompressedSize }) => uncompressedSize);
  if (claimed > folderLimits.totalBytes)
    throw refused(`The files have more than ${folderLimits.totalBytes} bytes: ${claimed}.`);
  if (claimed > zipLimits.freeBytes && claimed > size * zipLimits.ratio)
    throw refused(`The zip of ${size} bytes claims to hold ${claimed}: no data packs as well as that.`);
}

/** Where everything lies in one folder, that is the competition's. */
function withoutTop(files: readonly Packed[]): readonly Packed[] {
  const [first] = files;
  const top = first?.name.slice(0, first.name.indexOf("/") + 1) ?? "";
  if (top === "" || !files.every(({ name }) => name.startsWith(top))) return files;
  // What a competition has at its top beside others is no folder around it.
  if (files.every(({ name }) => /^(public|private)\//.test(name))) return files;
  return files.map(({ name, entry }) => ({ name: name.slice(top.length), entry }));
}

async function writeAll(
  zip: ZipFile,
  files: readonly Packed[],
  dir: string,
  onProgress: (done: number) => void,
): Promise<void> {
  let done = 0;
  const made = new Set<string>();
  for (const { name, entry } of files) {
    const target = join(dir, name);
    const folder = dirname(target);
    if (!made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    made.add(folder);
    for await (const written of writeOne(zip, { name, entry }, target)) {
      done += written;
      onProgress(done);
    }
  }
}

async function* writeOne(zip: ZipFile, { name, entry }: Packed, target: string): AsyncGenerator<number> {
  const file = await open(target, "wx", 0o600);
  let sum = 0;
  try {
    for await (const chunk of contentOf(zip, entry, name)) {
      sum = crc32(chunk, sum);
      await file.writeFile(chunk);
      yield chunk.byteLength;
    }
  } finally {
    await file.close();
  }
  // yauzl compares sizes and no checksum.
  if (sum !== entry.crc32) throw refused("It is damaged in the zip.", name);
}

async function* contentOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes: Uint8Array = chunk;
      yield bytes;
    }
  } catch (error) {
    throw unlessOfSystem(error, "It is damaged in the zip.", name);
  }
}
