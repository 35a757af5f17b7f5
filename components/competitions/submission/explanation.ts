type Cell = number | null;

/** By class, and the matrix, as far as a report has them. */
export interface Explained {
  readonly perClass: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
  readonly confusion: readonly (readonly number[])[] | null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isCell = (value: unknown): value is Cell => value === null || typeof value === "number";

function isRow(value: unknown): value is Record<string, Cell> {
  return isRecord(value) && Object.values(value).every(isCell);
}

function isMatrix(value: unknown): value is number[][] {
  return (
    Array.isArray(value) &&
    value.every((row) => Array.isArray(row) && row.every((cell) => typeof cell === "number"))
  );
}

/** What a report explains of a split; a scorer of another version may have said it otherwise, and then it is left out. */
export function explainedIn(explanation: unknown): Explained | null {
  if (!isRecord(explanation)) return null;
  const { perClass, confusion } = explanation;
  const rows = isRecord(perClass)
    ? Object.entries(perClass).filter((row): row is [string, Record<string, Cell>] => isRow(row[1]))
    : [];
  const matrix = isMatrix(confusion) && confusion.length > 0 ? confusion : null;
  if (rows.length === 0 && matrix === null) return null;
  return { perClass: Object.fromEntries(rows), confusion: matrix };
}
