import { isMissing } from "@/lib/kernel/missing";
import type { Box } from "./boxes";
import { quoted, type Row, readTable } from "./csv";
import { BrokenEvaluation, Rejection } from "./errors";
import { IdPlaces } from "./id-places";
import { type Split, splits } from "./task";

/** Opens a file of the truth's folder, by its name there. */
export type OpenTruth = (name: string) => AsyncIterable<Uint8Array>;

/** Told of each row of a table that is wrong, where all of them are asked for; without it the first one is thrown. */
export type OnTruthProblem = (table: string, problem: Rejection) => void;

/** What a truth lists, in its order: rows, images or volumes. */
export interface Cases {
  readonly ids: readonly string[];
  /** The place of each id. */
  readonly places: Pick<IdPlaces, "get">;
  /** Of each place; all public where the truth does not split. */
  readonly splits: readonly Split[];
}

export interface LabelledCases extends Cases {
  /** Of each place, the class as its place among the declared ones. */
  readonly labels: Int32Array;
}

export interface ImageCases extends Cases {
  /** Of each place, in the order of the file. */
  readonly boxes: readonly (readonly Box[])[];
}

/** What the tasks' truths consist of, besides the masks' volumes. */
export const truthTable = "truth.csv";
export const truthImages = "truth_images.csv";
export const truthBoxes = "truth_boxes.csv";

/** `truth.csv` with `id[,split]`. @throws BrokenEvaluation by the line */
export function readCases(open: OpenTruth, onProblem?: OnTruthProblem): Promise<Cases> {
  return inTruth(truthTable, () =>
    casesOf(open(truthTable), { idColumn: "id", onProblem: onProblem?.bind(null, truthTable) }),
  );
}

/** `truth.csv` with `id,label[,split]`. @throws BrokenEvaluation by the line */
export function readLabelledCases(
  open: OpenTruth,
  classes: readonly string[],
  onProblem?: OnTruthProblem,
): Promise<LabelledCases> {
  return inTruth(truthTable, async () => {
    const labelOf = labelReader(classes);
    const labels: number[] = [];
    const cases = await casesOf(open(truthTable), {
      ...{ idColumn: "id", more: ["label"], onProblem: onProblem?.bind(null, truthTable) },
      onRow: (row) => labels.push(labelOf(row, "label")),
    });
    return { ...cases, labels: Int32Array.from(labels) };
  });
}

/**
 * `truth_images.csv` with `image_id[,split]`, and `truth_boxes.csv` with `image_id,label,x,y,width,height`.
 * @throws BrokenEvaluation by the line
 */
export async function readImageCases(
  open: OpenTruth,
  classes: readonly string[],
  onProblem?: OnTruthProblem,
): Promise<ImageCases> {
  const cases = await inTruth(truthImages, () =>
    casesOf(open(truthImages), { idColumn: "image_id", onProblem: onProblem?.bind(null, truthImages) }),
  );
  const boxes = cases.ids.map((): Box[] => []);
  const columns = { required: ["image_id", "label", ...boxColumns], others: "ignored" } as const;
  const labelOf = labelReader(classes);
  const count = new BoxCount();
  await inTruth(truthBoxes, () =>
    readTable(
      open(truthBoxes),
      columns,
      (row) => {
        const image = placeOf(row, "image_id", cases);
        count.add(row, image);
        boxes[image]?.push(measurableBox(row, labelOf(row, "label")));
      },
      onProblem?.bind(null, truthBoxes),
    ),
  );
  return { ...cases, boxes };
}

/** Beyond any truth of ours, and what its ids cost some hundred MiB for. */
const mostCases = 1_000_000;
const mostBoxes = { perImage: 10_000, inAll: 1_000_000 } as const;

/**
 * Counts boxes as they come, so that a file of its allowed size can't need many times its size in memory, nor each box of
 * an image be laid over each other for hours.
 */
export class BoxCount {
  private all = 0;
  private readonly perImage = new Map<number, number>();

  /** @throws Rejection `too-many-boxes` */
  add(row: Row, image: number): void {
    const ofImage = (this.perImage.get(image) ?? 0) + 1;
    this.perImage.set(image, ofImage);
    this.all += 1;
    const { perImage, inAll } = mostBoxes;
    if (ofImage > perImage)
      throw row.reject("too-many-boxes", `Line ${row.line}: its image has more than ${perImage} boxes.`);
    if (this.all > inAll)
      throw row.reject("too-many-boxes", `Line ${row.line}: there are more than ${inAll} boxes.`);
  }
}

export const boxColumns = ["x", "y", "width", "height"] as const;

/** @throws Rejection unless it has an extent */
export function boxOf(row: Row, label: number): Box {
  const box = {
    label,
    x: row.number("x"),
    y: row.number("y"),
    width: row.number("width"),
    height: row.number("height"),
  };
  for (const column of ["width", "height"] as const)
    if (box[column] <= 0)
      throw row.reject("empty-box", `Line ${row.line}: ${column} is ${box[column]}, and not above 0.`, {
        column,
      });
  return box;
}

/** A truth's area is the one under every IoU: as a double it must neither vanish nor be infinite. */
function measurableBox(row: Row, label: number): Box {
  const box = boxOf(row, label);
  const area = box.width * box.height;
  if (area > 0 && Number.isFinite(area)) return box;
  throw row.reject("empty-box", `Line ${row.line}: the box has no area that can be measured.`);
}

/** Reads a cell that names a class, as its place among the declared ones. */
export function labelReader(classes: readonly string[]): (row: Row, column: string) => number {
  const places = new Map(classes.map((name, place) => [name, place]));
  return (row, column) => {
    const place = places.get(row.text(column));
    if (place !== undefined) return place;
    throw row.reject(
      "unknown-label",
      `Line ${row.line}: ${column} is ${quoted(row.text(column))}, and none of the classes.`,
      { column },
    );
  };
}

/**
 * @param likely the place to look at first: most files are in the truth's order
 * @throws Rejection unless the truth lists it
 */
export function placeOf(row: Row, column: string, { ids, places }: Cases, likely = 0): number {
  const id = row.text(column);
  if (ids[likely] === id) return likely;
  const place = places.get(id);
  if (place !== undefined) return place;
  throw row.reject(
    "unknown-id",
    `Line ${row.line}: nothing to be predicted has the ${column} ${quoted(id)}.`,
    {
      column,
      case: id.slice(0, 256),
    },
  );
}

export function duplicateId(row: Row, column: string): Rejection {
  const id = row.text(column);
  return row.reject("duplicate-id", `Line ${row.line} has the ${column} ${quoted(id)} a second time.`, {
    column,
    case: id.slice(0, 256),
  });
}

interface CaseTable {
  readonly idColumn: string;
  /** Other columns that it has to have. */
  readonly more?: readonly string[];
  readonly onRow?: (row: Row) => void;
  readonly onProblem?: ((problem: Rejection) => void) | undefined;
}

async function casesOf(
  chunks: AsyncIterable<Uint8Array>,
  { idColumn, more = [], onRow, onProblem }: CaseTable,
): Promise<Cases> {
  const places = new IdPlaces();
  const splitOf: Split[] = [];
  const columns = { required: [idColumn, ...more], optional: ["split"], others: "ignored" } as const;
  const onCase = (row: Row) => {
    const id = row.text(idColumn);
    if (id === "") throw row.reject("empty-id", `Line ${row.line} has no ${idColumn}.`, { column: idColumn });
    if (!places.add(id)) throw duplicateId(row, idColumn);
    if (places.ids.length > mostCases)
      throw row.reject("too-many-rows", `Line ${row.line}: there are more than ${mostCases} rows.`);
    splitOf.push(row.has("split") ? splitIn(row) : "public");
    onRow?.(row);
  };
  await readTable(chunks, columns, onCase, onProblem);
  if (places.ids.length === 0)
    throw new Rejection("no-rows", { line: 1 }, "There are no rows below the header.");
  return { ids: places.ids, places, splits: splitOf };
}

function splitIn(row: Row): Split {
  const text = row.text("split");
  const split = splits.find((name) => name === text);
  if (split !== undefined) return split;
  throw row.reject(
    "unknown-split",
    `Line ${row.line}: split is ${quoted(text)}, and neither public nor private.`,
    {
      column: "split",
    },
  );
}

/** What is wrong with a truth is no submitter's fault. */
async function inTruth<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Rejection) throw new BrokenEvaluation(`${name}: ${error.message}`, { cause: error });
    if (isMissing(error)) throw new BrokenEvaluation(`${name} is missing from the truth.`, { cause: error });
    throw error;
  }
}
