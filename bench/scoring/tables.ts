import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  betterWhenLower,
  binaryMetrics,
  boxMetrics,
  labelMetrics,
  multiclassMetrics,
} from "@/lib/competitions/scoring/manifest";
import { type Random, shuffled } from "./random";

/** Where the files of one family lie, as `./medforge score` takes them. */
export interface Inputs {
  readonly evaluation: string;
  /** A folder. */
  readonly truth: string;
  readonly submission: string;
}

type Cells = readonly (string | number)[];

function writeCsv(path: string, header: Cells, rows: readonly Cells[]): void {
  const lines = [header, ...rows].map((cells) => `${cells.join(",")}\n`);
  writeFileSync(path, lines.join(""));
}

/** `medforge/evaluation@1`, ranked by the first metric. */
export function writeEvaluation(
  path: string,
  task: string,
  classes: readonly string[],
  metrics: readonly string[],
  more: object = {},
): void {
  const [metric] = metrics;
  const primary = { metric, direction: betterWhenLower.has(metric ?? "") ? "min" : "max" };
  const schema = "medforge/evaluation@1";
  writeFileSync(path, JSON.stringify({ schema, task, classes, metrics, primary, ...more }));
}

const splitOf = (row: number) => (row % 3 === 0 ? "public" : "private");
const idOf = (row: number) => `case-${String(row).padStart(7, "0")}`;

/** What a table holds beside the id. */
interface Drawn {
  readonly label: string;
  readonly submitted: Cells;
}

/** Truth in its order, submission in another, as people hand them in. */
function writeTables(
  { truth, submission }: Inputs,
  columns: readonly string[],
  rows: number,
  random: Random,
  draw: () => Drawn,
): void {
  const drawn = Array.from({ length: rows }, draw);
  const labelled = drawn.map(({ label }, row) => [idOf(row), label, splitOf(row)]);
  writeCsv(join(truth, "truth.csv"), ["id", "label", "split"], labelled);
  const submitted = drawn.map((one, row) => [idOf(row), ...one.submitted]);
  writeCsv(submission, ["id", ...columns], shuffled(submitted, random));
}

/** Rounded as people round: ties are what ranks must deal with. */
const rounded = (probability: number, decimals: number) => Number(probability.toFixed(decimals));

const logistic = (value: number) => 1 / (1 + Math.exp(-value));

export function writeBinary(inputs: Inputs, rows: number, random: Random): void {
  writeEvaluation(inputs.evaluation, "binary_probability", ["benign", "malignant"], binaryMetrics);
  writeTables(inputs, ["probability"], rows, random, () => {
    const isPositive = random.next() < 0.3;
    const probability = logistic(random.bell() * 1.5 + (isPositive ? 0.8 : -1.2));
    return { label: isPositive ? "malignant" : "benign", submitted: [rounded(probability, 5)] };
  });
}

const stages = ["stage-1", "stage-2", "stage-3", "stage-4", "stage-5"] as const;

/** Right three times in four; else another class, a neighbour where they have an order. */
function labelsDrawn(random: Random, classes: readonly string[], ordinal: boolean): () => Drawn {
  return () => {
    const truth = random.below(classes.length);
    const step = random.next() < 0.5 ? 1 : -1;
    const other = ordinal
      ? Math.min(Math.max(truth + step, 0), classes.length - 1)
      : random.below(classes.length);
    const prediction = random.next() < 0.75 ? truth : other;
    return { label: classes[truth] ?? "", submitted: [classes[prediction] ?? ""] };
  };
}

export function writeLabels(inputs: Inputs, rows: number, random: Random): void {
  const classes = Array.from({ length: 12 }, (_, place) => `tissue-${place}`);
  const ofNoOrder = labelMetrics.filter((metric) => metric !== "quadratic_weighted_kappa");
  writeEvaluation(inputs.evaluation, "labels", classes, ofNoOrder);
  writeTables(inputs, ["prediction"], rows, random, labelsDrawn(random, classes, false));
}

export function writeOrdinal(inputs: Inputs, rows: number, random: Random): void {
  writeEvaluation(inputs.evaluation, "labels", stages, labelMetrics, { ordinal: true });
  writeTables(inputs, ["prediction"], rows, random, labelsDrawn(random, stages, true));
}

export function writeMulticlass(inputs: Inputs, rows: number, random: Random): void {
  writeEvaluation(inputs.evaluation, "multiclass_probability", stages, multiclassMetrics);
  const columns = stages.map((name) => `p_${name}`);
  writeTables(inputs, columns, rows, random, () => {
    const truth = random.below(stages.length);
    const weights = stages.map((_, place) => Math.exp(random.bell() + (place === truth ? 1.5 : 0)));
    const whole = weights.reduce((total, weight) => total + weight, 0);
    return { label: stages[truth] ?? "", submitted: weights.map((weight) => rounded(weight / whole, 6)) };
  });
}

const cells = ["red", "white", "platelet"] as const;
const boxColumns = ["x", "y", "width", "height"] as const;

/** 4 to 15 boxes an image, most found twice or so and a little aside, and as many false ones. */
export function writeBoxes({ evaluation, truth, submission }: Inputs, images: number, random: Random): void {
  writeEvaluation(evaluation, "boxes", cells, boxMetrics);
  const idOfImage = (image: number) => `image-${String(image).padStart(6, "0")}`;
  const places = Array.from({ length: images }, (_, image) => image);
  const listed = places.map((image) => [idOfImage(image), splitOf(image)]);
  writeCsv(join(truth, "truth_images.csv"), ["image_id", "split"], listed);
  const drawn = places.map((image) => drawImage(idOfImage(image), random));
  const truthRows = drawn.flatMap((one) => one.truth);
  writeCsv(join(truth, "truth_boxes.csv"), ["image_id", "label", ...boxColumns], truthRows);
  const found = drawn.flatMap((one) => one.found);
  writeCsv(submission, ["image_id", "label", "confidence", ...boxColumns], found);
}

function drawImage(id: string, random: Random): { truth: Cells[]; found: Cells[] } {
  const truth: Cells[] = [];
  const found: Cells[] = [];
  const label = () => cells[random.below(cells.length)] ?? "";
  const box = () => [random.below(900), random.below(900), 10 + random.below(90), 10 + random.below(90)];
  for (let left = 4 + random.below(12); left > 0; left -= 1) {
    const name = label();
    const sides = box();
    truth.push([id, name, ...sides]);
    for (let again = random.below(4); again > 0; again -= 1) {
      const moved = sides.map((side) => Math.max(side + Math.round(random.bell() * 4), 1));
      found.push([id, name, rounded(logistic(random.bell() + 1), 3), ...moved]);
    }
    found.push([id, label(), rounded(logistic(random.bell() - 1), 3), ...box()]);
  }
  return { truth, found: shuffled(found, random) };
}
