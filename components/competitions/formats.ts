import type { EvaluationView } from "@/lib/competitions/model";

export interface Format {
  /** What the file is, in a sentence. */
  readonly words: string;
  /** Its first lines, or what is in it. */
  readonly example: string;
  readonly rules: readonly string[];
  /** Endings that a file dialog shows. */
  readonly accept: string;
  /** A name for the file in example commands. */
  readonly filename: string;
}

const csv = { accept: ".csv,text/csv", filename: "submission.csv" } as const;
const eachOnce = "Each id of the test data once; none left out, none besides.";
const encoding = "UTF-8 with a header line; columns in any order.";
const probabilities = "Probabilities between 0 and 1, as plain numbers such as 0.25.";

/** How many classes an example line has room for. */
const shownClasses = 4;

/** What a submission to an evaluation of this task looks like; null for a task that this page does not know. */
export function formatOf({
  task,
  classes,
  labels,
}: Pick<EvaluationView, "task" | "classes" | "labels">): Format | null {
  const [first = "class", second = first] = classes;
  switch (task) {
    case "labels":
      return {
        ...csv,
        words: "A CSV file with the predicted class of each case.",
        example: `id,prediction\na0001,${first}\na0002,${second}`,
        rules: [eachOnce, `Classes as they are spelled here: ${classes.join(", ")}.`, encoding],
      };
    case "binary_probability":
      return {
        ...csv,
        words: `A CSV file with the probability of “${second}” for each case.`,
        example: "id,probability\na0001,0.91\na0002,0.07",
        rules: [eachOnce, probabilities, encoding],
      };
    case "multiclass_probability":
      return {
        ...csv,
        words: "A CSV file with the probability of each class for each case.",
        example: multiclassExample(classes),
        rules: [eachOnce, probabilities, "A line's probabilities add up to 1, give or take 0.001.", encoding],
      };
    case "boxes":
      return {
        ...csv,
        words: "A CSV file with one line for each box that was found; any number for an image, also none.",
        example: `image_id,label,confidence,x,y,width,height\nim-001,${first},0.87,102,54,31,28`,
        rules: [
          "x and y are the upper left corner, in pixels.",
          "Width and height above 0; confidence is any number, the higher the surer.",
          encoding,
        ],
      };
    case "masks":
      return {
        words: "A zip file with one NIfTI volume for each case, named by its id.",
        example: "case-001.nii.gz\ncase-002.nii.gz",
        rules: [
          "Each case of the test data once, nothing else in the zip, no folders.",
          "Shape and affine as the case's image has them; nothing is resampled.",
          `Whole numbers only: 0 for the background, ${Object.entries(labels)
            .map(([value, name]) => `${value} for ${name}`)
            .join(", ")}.`,
        ],
        accept: ".zip,application/zip",
        filename: "submission.zip",
      };
    default:
      return null;
  }
}

function multiclassExample(classes: readonly string[]): string {
  const shown = classes.slice(0, shownClasses);
  const rest = classes.length > shown.length ? ",…" : "";
  const even = (1 / Math.max(1, classes.length)).toFixed(3);
  return `id,${shown.map((name) => `p_${name}`).join(",")}${rest}\na0001,${shown.map(() => even).join(",")}${rest}`;
}

/** The header and the first two lines of a CSV file's beginning, as far as they are whole; null where the header is not. */
export function firstLines(beginning: string): string | null {
  const lines = beginning
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .slice(0, -1);
  return lines.length === 0 ? null : lines.slice(0, 3).join("\n");
}
