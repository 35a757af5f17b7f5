import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { folderLimits, nameProblem } from "./limits";
import type { Findings } from "./problems";

/** A file, known by its content. */
export interface FolderFile {
  /** Path with slashes, below whatever the list of files is of. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
  /** The content from its beginning; throws what the file system does, and where the file is none any more. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** A folder whose files are opened only where they really lie in it. */
export interface Tree {
  /** Without symbolic links. */
  readonly root: string;
  /** Paths of all files, sorted by bytes. */
  readonly names: readonly string[];
}

/**
 * Lists a folder's files. Whatever is neither file nor folder, has a name that is none, or lies too deep is a finding
 * and left out.
 */
export async function listTree(dir: string, findings: Findings): Promise<Tree> {
  const root = await realpath(dir);
  const names: string[] = [];
  await walk("", 0);
  return { root, names: names.sort(byBytes) };

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > folderLimits.depth)
      return findings.add(folder, `Folders lie at most ${folderLimits.depth} deep.`);
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const problem = nameProblem(entry.name) ?? lengthProblem(name) ?? kindProblem(entry);
      if (problem !== null) findings.add(JSON.stringify(name).slice(1, -1), problem);
      else if (entry.isDirectory()) await walk(name, depth + 1);
      else if (names.length < folderLimits.files) names.push(name);
      else return;
    }
    if (names.length >= folderLimits.files && folder === "")
      findings.add(".", `A folder has at most ${folderLimits.files - 1} files.`);
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function lengthProblem(name: string): string | null {
  return name.length > folderLimits.path ? `Paths have at most ${folderLimits.path} characters.` : null;
}

function kindProblem(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }) {
  if (entry.isFile() || entry.isDirectory()) return null;
  return entry.isSymbolicLink() ? "A symbolic link: put the file itself." : "Neither a file nor a folder.";
}

/**
 * Opens a file of the tree. Root reads folders that others may write, so a name that was a file when it was listed is
 * looked at again: no link, no pipe, and no folder on the way that has become a link.
 * @throws Error where it is something else by now
 */
async function openPlain({ root }: Tree, name: string): Promise<FileHandle> {
  const path = join(root, name);
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const isPlain = (await handle.stat()).isFile();
    if (isPlain && (await readlink(`/proc/self/fd/${handle.fd}`)) === path) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw new Error(`${path} is not the file any more that it was.`);
}

/** A file's content, in pieces. @throws what the file system does, and beyond `folderLimits.fileBytes` */
export async function* readPlain(tree: Tree, name: string): AsyncGenerator<Uint8Array> {
  const handle = await openPlain(tree, name);
  try {
    let size = 0;
    const chunks: AsyncIterable<Uint8Array> = handle.createReadStream({
      autoClose: false,
      highWaterMark: 1 << 18,
    });
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > folderLimits.fileBytes)
        throw new Error(`${name} has more than ${folderLimits.fileBytes} bytes.`);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

/** In bytes, as the file system says it now. */
export async function sizeOf(tree: Tree, name: string): Promise<number> {
  const handle = await openPlain(tree, name);
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** A text that is held, with the digest of just these bytes; or why it is none. */
export type Document = { readonly text: string; readonly file: FolderFile } | { readonly problem: string };

export async function readDocument(tree: Tree, name: string): Promise<Document> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readPlain(tree, name)) {
    size += chunk.length;
    if (size > folderLimits.documentBytes)
      return { problem: `It has more than ${folderLimits.documentBytes} bytes.` };
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const text = decoded(bytes);
  if (text === null) return { problem: "It is not UTF-8." };
  return { text, file: await held(name, bytes) };
}

/** Null where it is not UTF-8. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Reads what `open` opens to its end, for its size and digest. */
export async function digested(name: string, open: FolderFile["open"]): Promise<FolderFile> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { name, size, sha256: hash.digest("hex"), open };
}

/** A file that is held in memory. */
export function held(name: string, bytes: Uint8Array): Promise<FolderFile> {
  return digested(name, async function* () {
    yield bytes;
  });
}

/** A file of the tree under another name. */
export function digestedFile(tree: Tree, path: string, name: string): Promise<FolderFile> {
  return digested(name, () => readPlain(tree, path));
}
