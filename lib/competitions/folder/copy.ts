import { createHash } from "node:crypto";
import { chmod, chown, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { flush } from "../store/flush";
import { Findings } from "./problems";
import { digested, type FolderFile, listTree, readPlain } from "./tree";

/** Whose the copies are, and who may do what. */
export interface Access {
  /** Left out where the process writes as their owner. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly dirMode: number;
  readonly fileMode: number;
}

/** As a temporary folder is. */
const ownAccess: Access = { dirMode: 0o700, fileMode: 0o600 };

/**
 * Copies files into an empty folder, folders between included, and returns when the disk has all of them.
 * @throws Error where a file's content is not what its digest says; what the file system throws
 */
export async function copyFiles(
  files: readonly FolderFile[],
  dir: string,
  access: Access = ownAccess,
): Promise<void> {
  const folders = new Set([dir]);
  for (const file of files) {
    for (const folder of foldersOf(dir, file.name))
      if (!folders.has(folder)) {
        await mkdir(folder, { mode: 0o700 });
        folders.add(folder);
      }
    await copyFile(file, join(dir, file.name), access);
  }
  for (const folder of [...folders].reverse()) {
    await permit(folder, access, access.dirMode);
    await flush(folder);
  }
}

/** From the top down. */
function foldersOf(dir: string, name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => join(dir, ...parts.slice(0, index + 1)));
}

/** @throws Error where the content is not what the digest says; `EEXIST` */
export async function copyFile(file: FolderFile, path: string, access: Access): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    for await (const chunk of file.open()) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    if (hash.digest("hex") !== file.sha256) throw new Error(`${file.name} changed while it was copied.`);
    if (access.owner) await handle.chown(access.owner.uid, access.owner.gid);
    await handle.chmod(access.fileMode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The owner first: changing it takes the group's bit away. */
export async function permit(path: string, { owner }: Access, mode: number): Promise<void> {
  if (owner) await chown(path, owner.uid, owner.gid);
  await chmod(path, mode);
}

/** Whether a folder holds just these files with just this content. */
export async function holdsJust(dir: string, files: readonly FolderFile[]): Promise<boolean> {
  const findings = new Findings();
  const tree = await listTree(dir, findings);
  const names = new Set(tree.names);
  if (!findings.isEmpty || names.size !== files.length) return false;
  for (const { name, size, sha256 } of files) {
    if (!names.has(name)) return false;
    const there = await digested(name, () => readPlain(tree, name));
    if (there.size !== size || there.sha256 !== sha256) return false;
  }
  return true;
}
