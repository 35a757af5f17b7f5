import { type Bin, binsOf, quantile } from "../submission/cases";
import type { CsvTable } from "./csv";

interface Common {
  readonly name: string;
  /** Cells with nothing in them. */
  readonly empty: number;
}

/** What a column's cells are like, taken together. */
export type Column = Common &
  (
    | {
        readonly kind: "numbers";
        readonly bins: readonly Bin[];
        readonly median: number;
        readonly least: number;
        readonly most: number;
      }
    | {
        readonly kind: "categories";
        readonly counts: readonly { readonly value: string; readonly count: number }[];
      }
    | { readonly kind: "texts"; readonly different: number; readonly example: string }
  );

/** With more values, a column of texts names its rows. */
const mostCategories = 12;
/** With more values, whole numbers are amounts and no grades. */
const mostGrades = 6;

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** How the values of each column are spread. */
export function columnsOf({ header, rows }: CsvTable): Column[] {
  return header.map((name, place) =>
    columnOf(
      name,
      rows.map((row) => row[place] ?? ""),
    ),
  );
}

function columnOf(name: string, cells: readonly string[]): Column {
  const filled = cells.filter((cell) => cell.trim() !== "");
  const common = { name, empty: cells.length - filled.length };
  const counts = new Map<string, number>();
  for (const cell of filled) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const isNumeric = filled.length > 0 && filled.every((cell) => number.test(cell.trim()));
  if (isNumeric && counts.size > mostGrades) {
    const sorted = filled.map(Number).sort((a, b) => a - b);
    const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
    return { ...common, kind: "numbers", bins: binsOf(sorted), median: quantile(sorted, 0.5), least, most };
  }
  if (counts.size <= mostCategories && (counts.size < filled.length || filled.length <= 2)) {
    const sorted = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    return { ...common, kind: "categories", counts: sorted };
  }
  return { ...common, kind: "texts", different: counts.size, example: filled[0] ?? "" };
}
