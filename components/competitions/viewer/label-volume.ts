import { classColour, comparedColours, type Rgb } from "./colours";

/** A volume's voxels as numbers, first axis fastest. */
export interface Voxels {
  readonly values: ArrayLike<number>;
  /** What stored values are multiplied by, and what is added then. */
  readonly slope: number;
  readonly intercept: number;
  /** Of one voxel, in ml. */
  readonly ml: number;
}

/** One kind of voxel that is drawn in a colour of its own. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: Rgb;
  readonly voxels: number;
  readonly ml: number;
}

/** A volume to be drawn over another: of each voxel 0, or the place of its entry, counted from 1. */
export interface Coloured {
  readonly codes: Uint8Array;
  readonly legend: readonly LegendEntry[];
}

const mostLabels = 255;

const valueAt = ({ values, slope, intercept }: Voxels, place: number) =>
  (values[place] ?? 0) * slope + intercept;

/**
 * Each label of a volume in a colour of its own: the same in every volume, whichever others are in it.
 * @param names of labels, by value
 * @returns null where it is no volume of labels: it has fractions, values below 0, or more than 255 of them
 */
export function labelled(voxels: Voxels, names: Readonly<Record<string, string>>): Coloured | null {
  const counts = new Map<number, number>();
  for (let place = 0; place < voxels.values.length; place += 1) {
    const value = valueAt(voxels, place);
    if (value === 0) continue;
    const count = counts.get(value);
    if (count === undefined && (counts.size === mostLabels || value < 0 || !Number.isInteger(value)))
      return null;
    counts.set(value, (count ?? 0) + 1);
  }
  const labels = [...counts.keys()].sort((a, b) => a - b);
  const codeOf = new Map(labels.map((label, index) => [label, index + 1]));
  const codes = new Uint8Array(voxels.values.length);
  for (let place = 0; place < codes.length; place += 1)
    codes[place] = codeOf.get(valueAt(voxels, place)) ?? 0;
  const legend = labels.map((label) => {
    const many = counts.get(label) ?? 0;
    const name = names[String(label)] ?? `label ${label}`;
    return { name, colour: classColour(label - 1), voxels: many, ml: many * voxels.ml };
  });
  return { codes, legend };
}

const comparedNames = {
  both: "in both",
  truth: "missed: in the truth only",
  own: "too much: in this mask only",
  other: "another label than the truth's",
} as const;

/**
 * A mask against the truth: where they agree, and where one of them has something that the other has not.
 * @param label the one that is looked at; null for all of them, told apart
 * @returns null where the two are not of one size
 */
export function compared(truth: Voxels, own: Voxels, label: number | null): Coloured | null {
  if (truth.values.length !== own.values.length) return null;
  const kinds = ["both", "truth", "own", "other"] as const;
  const codes = new Uint8Array(truth.values.length);
  const counts = [0, 0, 0, 0, 0];
  for (let place = 0; place < codes.length; place += 1) {
    const [true_, mine] = [seen(valueAt(truth, place), label), seen(valueAt(own, place), label)];
    if (true_ === 0 && mine === 0) continue;
    const code = true_ === mine ? 1 : mine === 0 ? 2 : true_ === 0 ? 3 : 4;
    codes[place] = code;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  const legend = kinds.map((kind, index) => {
    const voxels = counts[index + 1] ?? 0;
    return { name: comparedNames[kind], colour: comparedColours[kind], voxels, ml: voxels * truth.ml };
  });
  // One label alone has no other.
  return { codes, legend: label === null ? legend : legend.slice(0, 3) };
}

function seen(value: number, label: number | null): number {
  return label === null || value === label ? value : 0;
}
