import Papa from "papaparse";

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * A table of what was read of a file; lines that are empty are none.
 * @param isWhole else its last line, which may be cut off, is left out
 */
export function csvTable(bytes: Uint8Array, isWhole: boolean): CsvTable {
  const text = new TextDecoder("utf-8", { ignoreBOM: false }).decode(bytes);
  const { data } = Papa.parse<string[]>(text, { delimiter: "", skipEmptyLines: true });
  const [header = [], ...rows] = isWhole ? data : data.slice(0, -1);
  return { header, rows };
}
