import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Columns, parseNumber, readTable } from "./csv";
import { Rejection } from "./errors";
import { chunksOf } from "./testing/tables";

const two: Columns = { required: ["id", "value"], others: "refused" };

async function rowsOf(content: string | Uint8Array, columns = two, size?: number): Promise<string[][]> {
  const rows: string[][] = [];
  await readTable(chunksOf(content, size), columns, (row) =>
    rows.push(columns.required.map((column) => row.text(column))),
  );
  return rows;
}

/** What the file is refused for, and where. */
async function refusal(content: string | Uint8Array, columns = two, size?: number): Promise<object> {
  const error: unknown = await rowsOf(content, columns, size).catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejection)) throw new Error(`Accepted, or failed otherwise: ${String(error)}`);
  return { rule: error.rule, ...error.where };
}

describe("readTable", () => {
  it.each([
    ["line feeds", "id,value\na,1\nb,2\n"],
    ["carriage returns and line feeds", "id,value\r\na,1\r\nb,2\r\n"],
    ["both", "id,value\r\na,1\nb,2\r\n"],
    ["no end of the last line", "id,value\na,1\nb,2"],
    ["a byte order mark", "\uFEFFid,value\na,1\nb,2\n"],
    ["columns in another order", "value,id\n1,a\n2,b\n"],
    ["quotes", '"id",value\n"a","1"\nb,"2"\n'],
  ])("reads a file with %s, in pieces of any size", async (_, content) => {
    for (const size of [1, 2, 3, 1000])
      expect(await rowsOf(content, two, size)).toEqual([
        ["a", "1"],
        ["b", "2"],
      ]);
  });

  it("keeps what is quoted: commas, quotes, line ends", async () => {
    expect(await rowsOf('id,value\n"a,""b""","x\r\ny"\n')).toEqual([['a,"b"', "x\r\ny"]]);
  });

  it("counts lines and not rows", async () => {
    const lines: number[] = [];
    await readTable(chunksOf('id,value\n"a\nb",1\nc,2\n'), two, (row) => lines.push(row.line));
    expect(lines).toEqual([2, 4]);
  });

  it("reads back whatever was written by the rules", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", "é", "😀", " ") });
    const write = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field)),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const content = [["id", "value"], ...rows].map((row) => `${row.map(write).join(",")}\n`).join("");
          expect(await rowsOf(content, two, size)).toEqual(rows);
        },
      ),
    );
  });

  it("leaves out a truth's other columns", async () => {
    const columns = { required: ["id"], optional: ["split"], others: "ignored" } as const;
    expect(await rowsOf("remark,id,remark\nx,a,y\n", columns)).toEqual([["a"]]);
  });

  it.each([
    ["nothing", "", { rule: "missing-header", line: 1 }],
    ["no more than a byte order mark", "\uFEFF", { rule: "missing-header", line: 1 }],
    ["an empty first line", "\nid,value\na,1\n", { rule: "missing-header", line: 1 }],
    ["no header", "a,1\n", { rule: "unknown-column", line: 1, column: "a" }],
    ["a column missing", "id\na\n", { rule: "missing-column", line: 1, column: "value" }],
    ["a column twice", "id,value,id\na,1,a\n", { rule: "duplicate-column", line: 1, column: "id" }],
    ["a column too many", "id,value,x\na,1,2\n", { rule: "unknown-column", line: 1, column: "x" }],
    ["a column in capitals", "ID,value\na,1\n", { rule: "unknown-column", line: 1, column: "ID" }],
    ["blanks in the header", "id, value\na,1\n", { rule: "unknown-column", line: 1, column: " value" }],
    ["semicolons", "id;value\na;1\n", { rule: "unknown-column", line: 1, column: "id;value" }],
    ["a field too many", "id,value\na,1\nb,2,3\n", { rule: "wrong-field-count", line: 3 }],
    ["a field too few", "id,value\na\n", { rule: "wrong-field-count", line: 2 }],
    ["an empty line", "id,value\na,1\n\nb,2\n", { rule: "empty-line", line: 3 }],
    ["an empty line at the end", "id,value\na,1\n\n", { rule: "empty-line", line: 3 }],
    ["a quote without an end", 'id,value\na,1\nb,"2\nc,3\n', { rule: "unterminated-quote", line: 3 }],
    ["a quote inside a field", 'id,value\na,1"2\n', { rule: "stray-quote", line: 2 }],
    ["two quotes inside a field", 'id,value\na,1"2"\n', { rule: "stray-quote", line: 2 }],
    ["text after a quote", 'id,value\na,"1"2\n', { rule: "text-after-quote", line: 2 }],
    ["a blank before a quote", 'id,value\na, "1"\n', { rule: "stray-quote", line: 2 }],
    ["carriage returns alone", "id,value\ra,1\r", { rule: "stray-carriage-return", line: 1 }],
    ["a carriage return in a line", "id,value\na\r,1\n", { rule: "stray-carriage-return", line: 2 }],
    [
      "a carriage return beside quotes",
      'id,value\r\n"a",1\r\r\n',
      { rule: "stray-carriage-return", line: 2 },
    ],
    ["a NUL", "id,value\na,1\0\n", { rule: "nul-character", line: 2 }],
    ["a NUL after a quote", 'id,value\n"a"\0,1\n', { rule: "nul-character", line: 2 }],
  ])("refuses a file with %s", async (_, content, wanted) => {
    for (const size of [1, 1000]) expect(await refusal(content, two, size)).toEqual(wanted);
  });

  it("refuses what is not UTF-8, by its line", async () => {
    const bytes = Buffer.concat([
      Buffer.from("id,value\na,1\nb"),
      Buffer.from([0xe9]),
      Buffer.from(",2\nc,3\n"),
    ]);
    for (const size of [1, 5, 1000])
      expect(await refusal(bytes, two, size)).toEqual({ rule: "not-utf-8", line: 3 });
    expect(await refusal(Buffer.from("\uFEFFid,value\n", "utf16le"))).toEqual({ rule: "not-utf-8", line: 1 });
  });

  it("holds no more than a bounded line in memory", async () => {
    async function* endless(piece: string) {
      yield Buffer.from("id,value\na,1\n");
      for (let sent = 0; ; sent += piece.length) {
        if (sent > 1 << 22) throw new Error("It went on reading.");
        yield Buffer.from(piece);
      }
    }
    const refused = (piece: string) =>
      expect(readTable(endless(piece), two, () => undefined)).rejects.toMatchObject({
        rule: "line-too-long",
        where: { line: 3 },
      });
    await refused("x".repeat(1000));
    await refused(",".repeat(1000));
    // A quote that is never closed takes all lines that follow into one field.
    await refused(`"${"x\n".repeat(500)}"`);
    expect(await refusal(`id,value\n${"x".repeat(1 << 20)},1\n`)).toEqual({ rule: "line-too-long", line: 2 });
  });
});

describe("parseNumber", () => {
  it.each(["0", "-0", "1", "-12.5", "0.30000000000000004", "1e-05", "1E+2", "5e-324", "1e-400"])(
    "reads %s",
    (text) => expect(parseNumber(text)).toBe(Number(text)),
  );

  it.each([
    ...[
      "",
      " ",
      " 1",
      "1 ",
      "+1",
      ".5",
      "1.",
      "01",
      "-",
      "1e",
      "1e400",
      "-1e400",
      "0x1",
      "0b1",
      "1_000",
      "1,5",
    ],
    ...["NaN", "nan", "Infinity", "-inf", "null", "true", "１", "1\n", "--1", "1e1.5", "1n"],
  ])("refuses %j", (text) => expect(parseNumber(text)).toBeNull());

  it("reads each decimal as Number does, to the last bit, and nothing that JSON does not have", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 18 });
    const decimal = fc
      .tuple(digits, digits)
      .map(([whole, part]) => (part === "" ? whole : `${whole}.${part}`));
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789.-e"), maxLength: 16 });
    fc.assert(
      fc.property(fc.oneof(decimal, nearly), (text) => {
        const isJson = /^-?(0|[1-9]\d*)(\.\d+)?(e-?\d+)?$/.test(text) && Number.isFinite(Number(text));
        expect(parseNumber(text)).toBe(isJson ? Number(text) : null);
      }),
      { seed: 15, numRuns: 20_000 },
    );
  });
});
