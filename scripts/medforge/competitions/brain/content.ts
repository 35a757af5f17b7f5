import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A competition's folder before it is written: bytes by path. */
export type FolderContent = Map<string, Uint8Array>;
type Entry = [path: string, bytes: Uint8Array];

export function jsonFile(path: string, value: unknown): Entry {
  return [path, Buffer.from(`${JSON.stringify(value, null, 2)}\n`)];
}

/** A text that lies beside this file. */
export function textFile(path: string, name: string): Entry {
  return [path, readFileSync(fileURLToPath(new URL(name, import.meta.url)))];
}

export const licenceFile = textFile("public/LICENCE.txt", "LICENCE.txt");

/** CSV of cells that need no quotes. */
export function table(header: string, rows: readonly (readonly (string | number)[])[]): Uint8Array {
  return Buffer.from([header, ...rows.map((row) => row.join(","))].map((line) => `${line}\n`).join(""));
}

/** Writes the folder beside its place and renames it into it, in place of what was there. */
export function writeContent(dir: string, content: FolderContent): void {
  mkdirSync(dirname(dir), { recursive: true });
  const fresh = mkdtempSync(`${dir}.new-`);
  try {
    for (const [path, bytes] of content) {
      mkdirSync(dirname(join(fresh, path)), { recursive: true });
      writeFileSync(join(fresh, path), bytes);
    }
    rmSync(dir, { recursive: true, force: true });
    renameSync(fresh, dir);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}
