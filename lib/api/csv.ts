import { stringify } from "csv-stringify/sync";

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

/**
 * A body that asks for the next rows only when the reader wants more, so that a long list is never in memory.
 * @param failed told of what broke off the stream; the reader sees the connection end without the last chunk
 */
export function csvStream(
  header: readonly string[],
  pages: AsyncGenerator<Cell[][]>,
  failed: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(csvRecords([header]))),
      async pull(controller) {
        try {
          const next = await pages.next();
          if (next.done) controller.close();
          else controller.enqueue(encoder.encode(csvRecords(next.value)));
        } catch (error) {
          failed(error);
          controller.error(error);
        }
      },
      async cancel() {
        await pages.return(undefined);
      },
    },
    // Nothing is fetched ahead: the first page comes when the header has been sent.
    { highWaterMark: 0 },
  );
}
