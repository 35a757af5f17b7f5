type Cell = number | null;

/** False and true positives as the threshold falls, from none to all. */
export interface Curve {
  readonly positives: number;
  readonly negatives: number;
  readonly points: readonly (readonly [alarms: number, hits: number])[];
}

/** By class, the matrix, and curves, as far as a report has them. */
export interface Explained {
  readonly perClass: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
  readonly confusion: readonly (readonly number[])[] | null;
  /** By class. */
  readonly curves: Readonly<Record<string, Curve>>;
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

function isCurve(value: unknown): value is Curve {
  if (!isRecord(value)) return false;
  const { positives, negatives, points } = value;
  return (
    typeof positives === "number" &&
    typeof negatives === "number" &&
    isMatrix(points) &&
    points.length > 1 &&
    points.every(({ length }) => length === 2)
  );
}

/** What a report explains of a split; a scorer of another version may have said it otherwise, and then it is left out. */
export function explainedIn(explanation: unknown): Explained | null {
  if (!isRecord(explanation)) return null;
  const { perClass, confusion, curves } = explanation;
  const rows = isRecord(perClass)
    ? Object.entries(perClass).filter((row): row is [string, Record<string, Cell>] => isRow(row[1]))
    : [];
  const matrix = isMatrix(confusion) && confusion.length > 0 ? confusion : null;
  const drawn = isRecord(curves)
    ? Object.entries(curves).filter((curve): curve is [string, Curve] => isCurve(curve[1]))
    : [];
  if (rows.length === 0 && matrix === null && drawn.length === 0) return null;
  return {
    perClass: Object.fromEntries(rows),
    confusion: matrix,
    curves: Object.fromEntries(drawn),
  };
}
