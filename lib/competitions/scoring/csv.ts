import { Rejection, type Where } from "./errors";

/** More than any row of 1000 classes needs; what comes in one line is held in memory at once. */
const longestRecord = 1 << 20;
const lineFeed = 0x0a;

/** Columns by name; any order in the file. */
export interface Columns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Whether a column that is neither is a mistake, as in submissions, or somebody's remark, as in truths. */
  readonly others: "refused" | "ignored";
}

/** One row, good until the next is read. */
export interface Row {
  /** The line that it begins on: a quoted field may go over several. */
  readonly line: number;
  has(column: string): boolean;
  text(column: string): string;
  /** @throws Rejection unless it is a decimal number as JSON writes it. */
  number(column: string): number;
  /** What to throw for this row. */
  reject(rule: string, message: string, where?: Where): Rejection;
}

/**
 * Reads CSV as RFC 4180 has it, with LF or CRLF, in UTF-8 with or without a byte order mark, a row at a time. Nothing
 * is trimmed, repaired or guessed.
 *
 * Our own and not csv-parse, which bounds the text of a record but not its number of fields (a line of a million commas
 * passes `max_record_size: 100`) and needs several seconds for a million rows.
 * @param onProblem told of each row that is wrong, and reading goes on; without it the first is thrown. What it throws ends
 *   the reading.
 * @throws Rejection by the line at which the file stops being a table of these columns.
 */
export async function readTable(
  chunks: AsyncIterable<Uint8Array>,
  columns: Columns,
  onRow: (row: Row) => void,
  onProblem?: (problem: Rejection) => void,
): Promise<void> {
  let row: TableRow | undefined;
  const take = onProblem === undefined ? onRowOf : unlessWrong(onRowOf, onProblem);
  const reader = new RecordReader((line, fields) => {
    if (row === undefined) row = new TableRow(placesOf(fields, columns), fields.length);
    else take(row, line, fields);
  });
  for await (const block of lineBlocks(chunks)) reader.take(block);
  reader.end();
  if (row === undefined) throw missingHeader();

  function onRowOf(table: TableRow, line: number, fields: readonly string[]): void {
    onRow(table.at(line, fields));
  }
}

type OnRow = (table: TableRow, line: number, fields: readonly string[]) => void;

function unlessWrong(onRow: OnRow, onProblem: (problem: Rejection) => void): OnRow {
  return (...row) => {
    try {
      onRow(...row);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      onProblem(error);
    }
  };
}

function missingHeader(): Rejection {
  return new Rejection(
    "missing-header",
    { line: 1 },
    "The first line is empty, and should name the columns.",
  );
}

const isEmpty = (fields: readonly string[]) => fields.length === 1 && fields[0] === "";

class TableRow implements Row {
  line = 0;
  private fields: readonly string[] = [];

  constructor(
    private readonly places: ReadonlyMap<string, number>,
    private readonly width: number,
  ) {}

  at(line: number, fields: readonly string[]): Row {
    this.line = line;
    this.fields = fields;
    if (isEmpty(fields) && this.width > 1) throw this.reject("empty-line", `Line ${line} is empty.`);
    if (fields.length !== this.width)
      throw this.reject(
        "wrong-field-count",
        `Line ${line} has ${fields.length} fields, the header has ${this.width}.`,
      );
    return this;
  }

  has(column: string): boolean {
    return this.places.has(column);
  }

  text(column: string): string {
    const field = this.fields[this.places.get(column) ?? -1];
    if (field === undefined) throw new Error(`Nobody asked for a column ${column}.`);
    return field;
  }

  number(column: string): number {
    const text = this.text(column);
    const value = parseNumber(text);
    if (value !== null) return value;
    throw this.reject(
      "not-a-number",
      `Line ${this.line}: ${column} is ${quoted(text)}, and no finite number.`,
      {
        column,
      },
    );
  }

  reject(rule: string, message: string, where: Where = {}): Rejection {
    return new Rejection(rule, { line: this.line, ...where }, message);
  }
}

/** A finite number in JSON's syntax, or null: no blanks, no `0x1`, `.5`, `+1`, `NaN`, and no `1e400`. */
export function parseNumber(text: string): number | null {
  const short = shortDecimal(text);
  if (short !== null) return short;
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** 1 to 10^15, all of which doubles hold. */
const powersOfTen = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * What most cells are: some digits, perhaps with a point among them. As long as the digits without it make a whole number
 * below 2^53, one division rounds as `Number` does (Clinger, "How to Read Floating Point Numbers Accurately", 1990), in a
 * third of the time. Null for anything else, be it a number or none.
 */
function shortDecimal(text: string): number | null {
  const { length } = text;
  if (length === 0 || length > 15) return null;
  let digits = 0;
  let point = -1;
  for (let i = 0; i < length; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (text[i] === "." && point < 0 && i > 0 && i < length - 1) point = i;
    else return null;
  }
  if (text[0] === "0" && length > 1 && point !== 1) return null;
  return point < 0 ? digits : digits / (powersOfTen[length - 1 - point] ?? 1);
}

/** Text of a file for a message, shortened: whoever wrote the file chose how long it is. */
export function quoted(text: string): string {
  return text.length > 64 ? `“${text.slice(0, 64)}…”` : `“${text}”`;
}

/** Where each column that was asked for stands in the file. */
function placesOf(header: readonly string[], columns: Columns): ReadonlyMap<string, number> {
  if (isEmpty(header)) throw missingHeader();
  const { required, optional = [], others } = columns;
  const known = new Set([...required, ...optional]);
  const places = new Map<string, number>();
  const refuse = (rule: string, column: string, message: string) =>
    new Rejection(rule, { line: 1, column: column.slice(0, 256) }, message);
  for (const [place, column] of header.entries()) {
    if (!known.has(column) && others === "ignored") continue;
    if (!known.has(column))
      throw refuse(
        "unknown-column",
        column,
        `The header has a column ${quoted(column)}; wanted are ${[...known].map(quoted).join(", ")}.`,
      );
    if (places.has(column))
      throw refuse("duplicate-column", column, `The header has the column ${quoted(column)} twice.`);
    places.set(column, place);
  }
  const missing = required.find((column) => !places.has(column));
  if (missing !== undefined)
    throw refuse("missing-column", missing, `The header has no column ${quoted(missing)}.`);
  return places;
}

type OnRecord = (line: number, fields: readonly string[]) => void;

/** Whole lines, one after another. */
interface Block {
  readonly text: string;
  /** The last line of a file may have none. */
  readonly hasLineFeeds: boolean;
}

/**
 * A line without quotes is a record. From one with an odd number of them the record goes on to the line that makes it
 * even: so it is in every valid file, and another fails in `fieldsOf`.
 */
class RecordReader {
  private line = 0;
  private open: Opened | undefined;

  constructor(private readonly onRecord: OnRecord) {}

  take({ text, hasLineFeeds }: Block): void {
    const plain = this.open === undefined && hasLineFeeds ? plainLines(text) : null;
    for (const line of plain ?? linesOf(text, hasLineFeeds)) {
      this.line += 1;
      // Most lines of most files: to look at each for what its block has not takes as long as all the rest.
      if (plain !== null && line.length < longestRecord) this.onRecord(this.line, line.split(","));
      else this.extend(line, hasLineFeeds);
    }
  }

  /** One that is still open has a stray quote or one without an end: this names it. */
  end(): void {
    if (this.open !== undefined) this.close(this.open, false);
  }

  private extend(text: string, hasLineFeed: boolean): void {
    this.open ??= { line: this.line, lines: [], length: 0, quotes: 0 };
    this.open.lines.push(text);
    this.open.length += text.length + 1;
    this.open.quotes += quotesIn(text);
    if (this.open.length > longestRecord) throw tooLong(this.open.line);
    if (this.open.quotes % 2 === 0) this.close(this.open, hasLineFeed);
  }

  private close(open: Opened, hasLineFeed: boolean): void {
    this.open = undefined;
    this.onRecord(open.line, closed(open, hasLineFeed));
  }
}

function linesOf(text: string, hasLineFeeds: boolean): string[] {
  const lines = text.split("\n");
  if (hasLineFeeds) lines.pop();
  return lines;
}

/** The lines without their ends, if no character makes one anything else than fields and the commas between them. */
function plainLines(text: string): string[] | null {
  const withoutReturns = text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
  return /["\r\0]/.test(withoutReturns) ? null : linesOf(withoutReturns, true);
}

interface Opened {
  readonly line: number;
  readonly lines: string[];
  length: number;
  quotes: number;
}

function closed({ line, lines, quotes }: Opened, hasLineFeed: boolean): string[] {
  const joined = lines.length === 1 ? (lines[0] ?? "") : lines.join("\n");
  const text = hasLineFeed && joined.endsWith("\r") ? joined.slice(0, -1) : joined;
  if (text.includes("\0"))
    throw new Rejection("nul-character", { line }, `Line ${line} has a NUL character.`);
  if (quotes > 0) return fieldsOf(text, line);
  refuseCarriageReturn(text, line);
  return text.split(",");
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

/** The fields of one record with quotes. */
function fieldsOf(text: string, line: number): string[] {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? quotedEnd(text, at, line) : plainEnd(text, at, line);
    fields.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end));
    if (end === text.length) return fields;
    if (text[end] !== ",")
      throw new Rejection("text-after-quote", { line }, `Line ${line} has text after a closing quote.`);
    at = end + 1;
  }
}

/** Behind the quote that closes the field at `start`; a doubled one is a quote of its text. */
function quotedEnd(text: string, start: number, line: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at + 1;
  throw new Rejection("unterminated-quote", { line }, `The quote that line ${line} opens is never closed.`);
}

function plainEnd(text: string, start: number, line: number): number {
  const comma = text.indexOf(",", start);
  const end = comma < 0 ? text.length : comma;
  const field = text.slice(start, end);
  if (field.includes('"'))
    throw new Rejection(
      "stray-quote",
      { line },
      `Line ${line} has a quote inside a field that is not quoted.`,
    );
  refuseCarriageReturn(field, line);
  return end;
}

function refuseCarriageReturn(text: string, line: number): void {
  if (text.includes("\r"))
    throw new Rejection(
      "stray-carriage-return",
      { line },
      `Line ${line} has a carriage return without a line feed.`,
    );
}

function tooLong(line: number): Rejection {
  return new Rejection("line-too-long", { line }, `Line ${line} is longer than ${longestRecord} characters.`);
}

/** Whole lines, decoded: in UTF-8 no part of another character looks like a line feed. */
async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  let rest: Uint8Array = new Uint8Array();
  let next = 1;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (bytes.length - end > longestRecord) throw tooLong(next + lineFeedsIn(bytes.subarray(0, end)));
    rest = bytes.subarray(end);
    if (end === 0) continue;
    const text = decode(bytes.subarray(0, end), next);
    next += lineFeedsIn(bytes.subarray(0, end));
    yield { text, hasLineFeeds: true };
  }
  if (rest.length > 0) yield { text: decode(rest, next), hasLineFeeds: false };
}

function decode(bytes: Uint8Array, firstLine: number): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return firstLine === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    const line = firstLine + malformedLine(bytes);
    throw new Rejection("not-utf-8", { line }, `Line ${line} is not UTF-8.`);
  }
}

/** Counted from 0, of bytes that are known to be malformed somewhere. */
function malformedLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 0, start = 0; ; line += 1) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    if (end === bytes.length) return line;
    start = end;
  }
}

function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
