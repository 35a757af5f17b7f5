import type { Detection } from "./boxes";
import { type Columns, quoted, type Row, readTable } from "./csv";
import { firstId, Rejection } from "./errors";
import { at } from "./numbers";
import type { Table } from "./probabilities";
import { BoxCount, boxColumns, boxOf, type Cases, duplicateId, labelReader, placeOf } from "./truth";

type Chunks = AsyncIterable<Uint8Array>;

/** `id,prediction`: the class of each case as its place among the declared ones, in the truth's order. */
export async function readLabels(
  chunks: Chunks,
  cases: Cases,
  classes: readonly string[],
): Promise<Int32Array> {
  const labelOf = labelReader(classes);
  const labels = new Int32Array(cases.ids.length);
  await readOncePerCase(chunks, cases, ["prediction"], (row, place) => {
    labels[place] = labelOf(row, "prediction");
  });
  return labels;
}

/**
 * `id,probability`, in the truth's order.
 * @param scale whether any number will do, since all that is asked for is ranks
 */
export async function readProbabilities(
  chunks: Chunks,
  cases: Cases,
  scale: "probabilities" | "any",
): Promise<Float64Array> {
  const scores = new Float64Array(cases.ids.length);
  await readOncePerCase(chunks, cases, ["probability"], (row, place) => {
    scores[place] = scale === "any" ? row.number("probability") : probabilityIn(row, "probability");
  });
  return scores;
}

/** People round to three decimals; the rest is what comparing 0.999 with 1 in doubles costs. */
const sumTolerance = 1e-3 + 1e-12;

/** `id,p_<class>,…` with a column for each class, in the truth's order and that of the classes. */
export async function readClassProbabilities(
  chunks: Chunks,
  cases: Cases,
  classes: readonly string[],
): Promise<Table> {
  const columns = classes.map((name) => `p_${name}`);
  const cells = new Float64Array(cases.ids.length * columns.length);
  await readOncePerCase(chunks, cases, columns, (row, place) => {
    let total = 0;
    for (let k = 0; k < columns.length; k++) {
      const probability = probabilityIn(row, columns[k] ?? "");
      cells[place * columns.length + k] = probability;
      total += probability;
    }
    if (Math.abs(total - 1) > sumTolerance)
      throw row.reject("row-sum", `Line ${row.line}: the probabilities add up to ${total}, and not to 1.`);
  });
  return { classes: columns.length, cells };
}

/** `image_id,label,confidence,x,y,width,height`, any number of rows: those of each image, in the order of the file. */
export async function readDetections(
  chunks: Chunks,
  cases: Cases,
  classes: readonly string[],
): Promise<Detection[][]> {
  const labelOf = labelReader(classes);
  const detections = cases.ids.map((): Detection[] => []);
  const columns: Columns = {
    required: ["image_id", "label", "confidence", ...boxColumns],
    others: "refused",
  };
  const count = new BoxCount();
  await readTable(chunks, columns, (row) => {
    const image = placeOf(row, "image_id", cases);
    count.add(row, image);
    detections[image]?.push({ ...boxOf(row, labelOf(row, "label")), confidence: row.number("confidence") });
  });
  return detections;
}

/** @throws Rejection unless each case has exactly one row */
async function readOncePerCase(
  chunks: Chunks,
  cases: Cases,
  columns: readonly string[],
  onRow: (row: Row, place: number) => void,
): Promise<void> {
  const seen = new Uint8Array(cases.ids.length);
  let next = 0;
  await readTable(chunks, { required: ["id", ...columns], others: "refused" }, (row) => {
    const place = placeOf(row, "id", cases, next);
    next = place + 1;
    if (at(seen, place) === 1) throw duplicateId(row, "id");
    seen[place] = 1;
    onRow(row, place);
  });
  const left = cases.ids.filter((_, place) => seen[place] === 0);
  const missing = firstId(left);
  if (missing === undefined) return;
  throw new Rejection(
    "missing-id",
    { column: "id", case: missing },
    left.length === 1
      ? `The id ${quoted(missing)} is missing.`
      : `${left.length} ids are missing, such as ${quoted(missing)}.`,
  );
}

function probabilityIn(row: Row, column: string): number {
  const value = row.number(column);
  if (value >= 0 && value <= 1) return value;
  throw row.reject(
    "probability-out-of-range",
    `Line ${row.line}: ${quoted(column)} is ${value}, and not between 0 and 1.`,
    { column },
  );
}
