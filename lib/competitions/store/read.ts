import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/**
 * Opens a file of the store for reading.
 * @param expected its size as its row has it, in bytes; null where no row does
 * @throws Error where it is not there, is no plain file, or has another size
 */
export async function openKept(
  path: string,
  expected: number | null,
): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const found = await handle.stat();
  if (found.isFile() && (expected === null || found.size === expected)) return { handle, bytes: found.size };
  await handle.close();
  throw new Error(`${path} is not the file of ${expected} bytes that its row names: it has ${found.size}.`);
}
