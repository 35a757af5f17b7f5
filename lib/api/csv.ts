import { stringify } from "csv-stringify/sync";
import { textStream } from "./text-stream";

export type Cell = string | number | boolean | null;

/**
 * Records of RFC 4180: comma, CRLF, quotes where needed. Texts that a spreadsheet would take for a formula (`=`, `+`, `-`,
 * `@`, tab or return first) get an apostrophe before them; numbers stay numbers.
 */
export function csvRecords(rows: readonly (readonly Cell[])[]): string {
  return stringify([...rows], {
    record_delimiter: "windows",
    escape_formulas: true,
    cast: { boolean: (value) => (value ? "true" : "false") },
  });
}

/** A file's body, whose rows are read as its taker wants more. @param failed as `textStream` has it */
export function csvStream(
  header: readonly string[],
  pages: AsyncGenerator<Cell[][]>,
  failed: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  return textStream(csvTexts(header, pages), failed);
}

async function* csvTexts(header: readonly string[], pages: AsyncGenerator<Cell[][]>): AsyncGenerator<string> {
  yield csvRecords([header]);
  for await (const rows of pages) yield csvRecords(rows);
}
