import { Zip, ZipPassThrough } from "fflate";
import type { FolderFile } from "./tree";

/** MS-DOS has no time zones, and fflate writes the local one: the same bytes everywhere need the same local time. */
const epoch = new Date(1980, 0, 1, 12);

/** A zip of these files at its top, stored as they are, in their order: the same files, the same bytes. */
export async function* zipOf(files: readonly FolderFile[]): AsyncGenerator<Uint8Array> {
  let failure: Error | null = null;
  let made: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) failure = error;
    else made.push(chunk);
  });
  function* taken(): Generator<Uint8Array> {
    if (failure) throw failure;
    const chunks = made;
    made = [];
    yield* chunks;
  }
  for (const file of files) {
    const entry = new ZipPassThrough(file.name);
    entry.mtime = epoch;
    zip.add(entry);
    for await (const chunk of file.open()) {
      entry.push(chunk);
      yield* taken();
    }
    entry.push(new Uint8Array(0), true);
    yield* taken();
  }
  zip.end();
  yield* taken();
}
