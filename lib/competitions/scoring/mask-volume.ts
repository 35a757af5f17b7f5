import { BrokenEvaluation, Rejection } from "./errors";
import { isUniform, type LabelRoom, type Labels, stretch } from "./label-array";
import { orientationOf } from "./nifti/affine";
import type { StoredValues } from "./nifti/datatypes";
import type { Geometry, NiftiHeader } from "./nifti/header";
import type { Bytes } from "./nifti/plain-bytes";
import { readNifti, type VoxelSink } from "./nifti/read";

/** A volume of labels, read. */
export interface MaskVolume {
  readonly geometry: Geometry;
  /** One number a voxel, first axis fastest: 0 is background, k the k-th declared label. */
  readonly labels: Labels;
}

/** How far the entries of two affines may lie apart, in mm (a float32 keeps 1e-4 mm at a metre). */
const affineTolerance = 1e-3;
const mostLabels = 2 ** 16 - 1;

/**
 * Reads a mask and judges its values: `stored * slope + inter` must be finite, whole, and a declared label or 0.
 *
 * @param declared The labels' values in the manifest's order.
 * @param room For the labels, which are good until it is taken again.
 * @param like The truth's grid, where there is one to agree with; it is judged before a voxel is read.
 * @throws Rejection `mask-value`, `undeclared-label`, `shape-mismatch`, `affine-mismatch` or one of `nifti-…`, naming
 *   the case; BrokenEvaluation for more labels than 65535; what `source` throws.
 */
export async function readMask(
  source: Bytes,
  id: string,
  declared: readonly number[],
  room: LabelRoom,
  like?: Geometry,
): Promise<MaskVolume> {
  if (declared.length > mostLabels)
    throw new BrokenEvaluation(`More than ${mostLabels} labels are declared.`);
  let labels: Labels = new Uint8Array(0);
  const geometry = await readNifti(source, id, (header) => {
    if (like) judgeGeometry(header, like, id);
    labels = room.take(header.voxels, declared.length);
    return labelSink(labels, header, declared, id);
  });
  return { geometry, labels };
}

/** @throws Rejection `shape-mismatch` or `affine-mismatch`: nothing is ever resampled. */
function judgeGeometry(own: Geometry, truth: Geometry, id: string): void {
  if (own.shape.join() !== truth.shape.join())
    throw new Rejection(
      "shape-mismatch",
      { case: id },
      `The mask has ${own.shape.join(" x ")} voxels, the truth ${truth.shape.join(" x ")}.`,
    );
  const apart = (row: number, column: number) =>
    Math.abs((own.affine[row]?.[column] ?? 0) - (truth.affine[row]?.[column] ?? 0));
  for (let row = 0; row < 3; row += 1)
    for (let column = 0; column < 4; column += 1)
      if (!(apart(row, column) <= affineTolerance))
        throw new Rejection(
          "affine-mismatch",
          { case: id },
          `Row ${row + 1}, column ${column + 1} of the affine is ${apart(row, column)} mm off the truth's ` +
            `(axes ${orientationOf(own.affine)}, the truth's ${orientationOf(truth.affine)}): save the mask with ` +
            `the image's own affine.`,
        );
}

function labelSink(labels: Labels, header: NiftiHeader, declared: readonly number[], id: string): VoxelSink {
  const { slope, inter } = header;
  const positions = new Map([[0, 0], ...declared.map((value, index) => [value, index + 1] as const)]);
  const positionOf = (raw: number, at: number) => {
    const value = raw * slope + inter;
    const known = positions.get(value);
    if (known === undefined) throw wrongValue(value, at, header, id);
    return known;
  };
  const translate = (stored: StoredValues, start: number, end: number, from: number) => {
    // Looked up once for each run.
    let last = Number.NaN;
    let position = 0;
    for (let i = start; i < end; i += 1) {
      const raw = stored[i] ?? 0;
      if (raw !== last) {
        position = positionOf(raw, from + i);
        last = raw;
      }
      labels[from + i] = position;
    }
  };
  return (stored, from) => {
    for (let start = 0; start < stored.length; start += stretch) {
      const end = Math.min(start + stretch, stored.length);
      if (!isUniform(stored, start, end)) translate(stored, start, end, from);
      else {
        const position = positionOf(stored[start] ?? 0, from + start);
        // The room is all background already.
        if (position !== 0) labels.fill(position, from + start, from + end);
      }
    }
  };
}

function wrongValue(value: number, at: number, { shape }: NiftiHeader, id: string): Rejection {
  const [nx = 1, ny = 1] = shape;
  const voxel = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))].slice(0, shape.length);
  const where = `Voxel (${voxel.join(", ")}), counted from 0, has the value ${value}`;
  return Number.isInteger(value)
    ? new Rejection("undeclared-label", { case: id }, `${where}, which is no declared label.`)
    : new Rejection("mask-value", { case: id }, `${where}: labels are whole numbers.`);
}
