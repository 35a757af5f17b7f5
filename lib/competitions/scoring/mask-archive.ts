import { type FileHandle, open } from "node:fs/promises";
import type { Entry, ZipFile } from "yauzl";
import { crc32 } from "./crc32";
import { firstId, isOutOfMemory, Rejection } from "./errors";
import { isPackersRemark, openBoundedZip } from "./zip-reader";

/** A submission's volumes, one for each case. Nothing is unpacked to disk: a name in it is no path for anybody. */
export interface MaskArchive {
  /** The case's file as it is in the zip, `.nii` or `.nii.gz`; throws Rejection `archive-damaged` when it gets there. */
  read(id: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const suffixes = [".nii.gz", ".nii"] as const;
/** Beyond that nobody needs to be told which one is too many. */
const entriesPerCase = 2;
/** Packers add a note to each, and a few for the whole. */
const mostEntries = (cases: number) => 2 * entriesPerCase * cases + 16;

/**
 * Opens the zip and judges its table of contents: one `<id>.nii.gz` or `<id>.nii` at its top for each of `ids`, and
 * nothing else but packers' own notes, which are passed over. Memory: the entries of as many cases as there are.
 * @throws Rejection `archive-unreadable`, `archive-too-many-entries`, `archive-name`, `archive-encrypted`,
 *   `archive-compression`, `unknown-id`, `duplicate-id` or `missing-id`; an error of the file system as it is.
 */
export async function openMaskArchive(path: string, ids: readonly string[]): Promise<MaskArchive> {
  const file = await open(path, "r");
  try {
    const zip = await openZip(file);
    const entries = await entriesById(zip, ids);
    return {
      read: (id) => contentOf(zip, entries.get(id), id),
      close: () => {
        zip.close();
        return file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openZip(file: FileHandle): Promise<ZipFile> {
  try {
    return await openBoundedZip(file);
  } catch (error) {
    throw unlessOfSystem(
      error,
      new Rejection("archive-unreadable", {}, "This is no zip, or not a whole one."),
    );
  }
}

async function entriesById(zip: ZipFile, ids: readonly string[]): Promise<Map<string, Entry>> {
  if (zip.entryCount > mostEntries(ids.length)) throw tooMany(zip.entryCount, ids);
  const entries: Entry[] = [];
  for await (const entry of readableEntries(zip))
    if (!isPackersRemark(entry.fileNameRaw.toString("utf8"))) entries.push(entry);
  if (entries.length > ids.length * entriesPerCase) throw tooMany(entries.length, ids);
  const known = new Set(ids);
  const found = new Map<string, Entry>();
  for (const entry of entries) found.set(judgedId(entry, known, found), entry);
  const missing = ids.filter((id) => !found.has(id));
  const first = firstId(missing);
  if (first !== undefined)
    throw new Rejection(
      "missing-id",
      { case: first },
      `The zip has no ${first}.nii.gz or ${first}.nii; ${missing.length} of ${ids.length} cases are missing.`,
    );
  return found;
}

function tooMany(entries: number, ids: readonly string[]): Rejection {
  return new Rejection(
    "archive-too-many-entries",
    {},
    `The zip has ${entries} entries, there are ${ids.length} cases.`,
  );
}

async function* readableEntries(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    const rejection = new Rejection("archive-unreadable", {}, "The zip's table of contents is damaged.");
    throw unlessOfSystem(error, rejection);
  }
}

/** The case that the entry is of. */
function judgedId(entry: Entry, known: ReadonlySet<string>, found: ReadonlyMap<string, Entry>): string {
  const name = nameOf(entry);
  const suffix = suffixes.find((ending) => name.endsWith(ending));
  if (suffix === undefined) throw wrongName(name, "the files are named <id>.nii.gz or <id>.nii");
  const id = name.slice(0, -suffix.length);
  if (!known.has(id))
    throw new Rejection("unknown-id", { case: shown(id) }, `There is no case ${quoted(id)} in the truth.`);
  if (found.has(id))
    throw new Rejection("duplicate-id", { case: id }, `The zip has the case ${quoted(id)} more than once.`);
  if (entry.isEncrypted())
    throw new Rejection("archive-encrypted", { case: id }, `${quoted(name)} is encrypted.`);
  if (!entry.canDecodeFileData())
    throw new Rejection(
      "archive-compression",
      { case: id },
      `${quoted(name)} is packed by method ${entry.compressionMethod}: use deflate, or store it.`,
    );
  return id;
}

/** Decoded as UTF-8 whatever its flag says: names of cases that are not ASCII are written so by all but old tools. */
function nameOf(entry: Entry): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
  } catch {
    throw wrongName(entry.fileNameRaw.toString("latin1"), "names are UTF-8");
  }
  if (/[/\\]/.test(name)) throw wrongName(name, "the files lie at the top of the zip, in no folder");
  return name;
}

function wrongName(name: string, because: string): Rejection {
  return new Rejection("archive-name", {}, `The zip has an entry ${quoted(name)}: ${because}.`);
}

/** What a stranger wrote, short enough to be shown. */
function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function quoted(text: string): string {
  return JSON.stringify(shown(text));
}

async function* contentOf(zip: ZipFile, entry: Entry | undefined, id: string): AsyncGenerator<Uint8Array> {
  if (!entry) throw new Error(`The archive was not opened for the case ${id}.`);
  const damaged = new Rejection("archive-damaged", { case: id }, "The zip's entry for this case is damaged.");
  let sum = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes: Uint8Array = chunk;
      sum = crc32(bytes, sum);
      yield bytes;
    }
  } catch (error) {
    throw unlessOfSystem(error, damaged);
  }
  // yauzl compares sizes and no checksum.
  if (sum !== entry.crc32) throw damaged;
}

/** A disk that fails, or memory that is used up, is nobody's fault who submitted something. */
function unlessOfSystem(error: unknown, rejection: Rejection): unknown {
  const isOfSystem = isOutOfMemory(error) || (error instanceof Error && "syscall" in error);
  return isOfSystem ? error : rejection;
}
