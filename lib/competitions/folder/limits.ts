/** What a folder may hold at most; sizes in bytes. Beyond them something else than a competition was named. */
export const folderLimits = {
  files: 100_000,
  fileBytes: 64 * 2 ** 30,
  totalBytes: 2 ** 40,
  /** Of the JSON and Markdown files, which are held in memory. */
  documentBytes: 2 ** 20,
  /** Folders within folders. */
  depth: 8,
  /** Of a file's path in the folder, in characters. */
  path: 200,
  /** What a zip without the 64-bit extension can hold, and a little less. */
  zipBytes: 2 ** 32 - 2 ** 24,
  zipEntries: 2 ** 16 - 2,
} as const;

/** What of a zip is unpacked at most. */
export const zipLimits = {
  entries: folderLimits.files,
  /** What is wrong with more entries than this is not told one by one. */
  findings: 100,
  /** Bytes unpacked for each byte of the zip; tables of text take up to some thirty. */
  ratio: 200,
  /** Up to which nobody asks, in bytes. */
  freeBytes: 2 ** 30,
} as const;

/** Harmless in a URL, in a shell and on every system, and never hidden. */
const segment = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;

/** Why a file or folder can't be called so, or null. */
export function nameProblem(name: string): string | null {
  if (segment.test(name)) return null;
  return "Names have letters A to Z, digits and . _ - in them, begin with a letter or digit and end with no dot.";
}
