import { open } from "node:fs/promises";

/** A folder's entries are on the disk. */
export async function flush(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
