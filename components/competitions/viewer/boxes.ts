import type { CsvTable } from "./csv";
import { stemOf } from "./kinds";

export interface LabelledBox {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of a detection; a truth has none. */
  readonly confidence: number | null;
}

const sides = ["x", "y", "width", "height"] as const;

/** Whether a table has the columns of boxes. */
export function hasBoxes({ header }: Pick<CsvTable, "header">): boolean {
  return ["image_id", "label", ...sides].every((column) => header.includes(column));
}

/** The boxes of each image, by its id. Rows whose sides are no numbers, or have no extent, are none. */
export function boxesOf({ header, rows }: CsvTable): ReadonlyMap<string, readonly LabelledBox[]> {
  const found = new Map<string, LabelledBox[]>();
  const cell = (row: readonly string[], column: string) => row[header.indexOf(column)] ?? "";
  for (const row of rows) {
    const [x = 0, y = 0, width = 0, height = 0] = sides.map((side) => Number.parseFloat(cell(row, side)));
    if (![x, y, width, height].every(Number.isFinite) || width <= 0 || height <= 0) continue;
    const sure = Number.parseFloat(cell(row, "confidence"));
    const confidence = Number.isFinite(sure) ? sure : null;
    const id = cell(row, "image_id");
    const boxes = found.get(id) ?? [];
    boxes.push({ label: cell(row, "label"), x, y, width, height, confidence });
    found.set(id, boxes);
  }
  return found;
}

/** Those of a file, whose id is its name with or without ending or folders. */
export function boxesIn(
  boxes: ReadonlyMap<string, readonly LabelledBox[]>,
  name: string,
): readonly LabelledBox[] {
  const short = name.slice(name.lastIndexOf("/") + 1);
  return boxes.get(stemOf(name)) ?? boxes.get(short) ?? boxes.get(name) ?? [];
}

/** Every label once, in one order for all images, so that each keeps its colour. */
export function labelsIn(boxes: ReadonlyMap<string, readonly LabelledBox[]>): string[] {
  return [...new Set([...boxes.values()].flat().map(({ label }) => label))].sort();
}
