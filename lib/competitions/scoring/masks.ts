import { squaredDistances, type Triple } from "./distance";
import { isBackground, type Labels, stretch } from "./label-array";

/** The grid of one case: 1 to 3 axes, the fastest first; spacing in mm. */
export interface Grid {
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
}

/** What one label scores in one case. */
export interface LabelScore {
  /** In neither volume: every ratio is 0/0, `values` shows what is agreed on, and means leave the pair out. */
  readonly bothEmpty: boolean;
  /** dice, jaccard, volume_similarity, nsd_<tau>, hd_mm, hd95_mm, assd_mm, masd_mm, volumes and surface voxels. */
  readonly values: Readonly<Record<string, number>>;
}

/** Voxels of one label: how many in each volume and in both, and the box around those of either. */
interface Extent {
  truth: number;
  prediction: number;
  both: number;
  readonly low: [number, number, number];
  readonly high: [number, number, number];
}

/** Surface voxels of one label in both volumes, as flat indices into the label's box. */
interface Surfaces {
  readonly truth: Int32Array;
  readonly prediction: Int32Array;
  readonly box: Triple;
}

const distanceNames = ["hd_mm", "hd95_mm", "assd_mm", "masd_mm"] as const;

/** The name of the normalised surface distance at a tolerance in mm, such as `nsd_1.5`. */
export const nsdName = (toleranceMm: number) => `nsd_${toleranceMm}`;

/**
 * Scores a prediction against the truth, label by label (definitions as in Metrics Reloaded, Nature Methods 2024).
 *
 * With T and P the voxels of one label: dice = 2|T∩P| / (|T|+|P|), jaccard = |T∩P| / |T∪P|, volume_similarity =
 * 1 - ||P|-|T|| / (|P|+|T|). Surface voxels have a 6-neighbour (in 2-D: 4) that is not of the label or outside the
 * image; distances are between their centres, in mm. One empty: ratios 0, distances the image's diagonal
 * sqrt(sum (n_i s_i)²). Both empty: ratios 1, distances 0, and `bothEmpty`.
 *
 * Time O(voxels + labels · their boxes); memory 10 to 36 bytes a voxel of the largest box, the more of them lie on a surface.
 *
 * @param truth One number a voxel, first axis fastest: 0 is background, k the k-th label. `prediction` likewise.
 * @param labels How many there are.
 * @param tolerancesMm Of nsd_<tau>, above 0 or 0.
 * @returns One score a label, in order.
 */
export function scoreLabels(
  truth: Labels,
  prediction: Labels,
  grid: Grid,
  labels: number,
  tolerancesMm: readonly number[],
): LabelScore[] {
  const shape = padded(grid.shape);
  const extents = extentsOf(truth, prediction, shape, labels);
  return extents.map((extent, index) => {
    const surfaces = surfacesOf({ truth, prediction, label: index + 1 }, extent, shape, grid.shape.length);
    return scoreOf(extent, surfaces, grid, tolerancesMm);
  });
}

function padded(perAxis: readonly number[]): Triple {
  return [perAxis[0] ?? 1, perAxis[1] ?? 1, perAxis[2] ?? 1];
}

/** One pass over both volumes for all labels; stretches of mere background are passed over as a whole. */
function extentsOf(truth: Labels, prediction: Labels, shape: Triple, labels: number): Extent[] {
  const extents = Array.from({ length: labels }, (): Extent => {
    const low: Extent["low"] = [...shape];
    return { truth: 0, prediction: 0, both: 0, low, high: [-1, -1, -1] };
  });
  const [nx, ny, nz] = shape;
  const rowsAtOnce = Math.ceil(stretch / nx);
  for (let first = 0; first < ny * nz; first += rowsAtOnce) {
    const end = Math.min(first + rowsAtOnce, ny * nz);
    if ([truth, prediction].every((volume) => isBackground(volume, first * nx, end * nx))) continue;
    for (let row = first; row < end; row += 1)
      addRow(extents, truth, prediction, { from: row * nx, nx, y: row % ny, z: Math.floor(row / ny) });
  }
  return extents;
}

interface Row {
  /** Where it begins in the volume. */
  readonly from: number;
  /** Voxels. */
  readonly nx: number;
  readonly y: number;
  readonly z: number;
}

/** Run by run of voxels that are alike in both volumes. */
function addRow(
  extents: readonly Extent[],
  truth: Labels,
  prediction: Labels,
  { from, nx, y, z }: Row,
): void {
  for (let x = 0, end = 0; x < nx; x = end) {
    const t = truth[from + x];
    const p = prediction[from + x];
    end = x + 1;
    while (end < nx && truth[from + end] === t && prediction[from + end] === p) end += 1;
    const ofTruth = extents[(t ?? 0) - 1];
    const ofPrediction = extents[(p ?? 0) - 1];
    if (ofTruth) {
      ofTruth.truth += end - x;
      if (t === p) ofTruth.both += end - x;
      widen(ofTruth, x, end - 1, y, z);
    }
    if (ofPrediction) {
      ofPrediction.prediction += end - x;
      widen(ofPrediction, x, end - 1, y, z);
    }
  }
}

function widen({ low, high }: Extent, first: number, last: number, y: number, z: number): void {
  if (first < low[0]) low[0] = first;
  if (y < low[1]) low[1] = y;
  if (z < low[2]) low[2] = z;
  if (last > high[0]) high[0] = last;
  if (y > high[1]) high[1] = y;
  if (z > high[2]) high[2] = z;
}

function surfacesOf(
  { truth, prediction, label }: { truth: Labels; prediction: Labels; label: number },
  extent: Extent,
  shape: Triple,
  axes: number,
): Surfaces {
  const { low, high } = extent;
  if (isBothEmpty(extent)) return { truth: new Int32Array(0), prediction: new Int32Array(0), box: [0, 0, 0] };
  const box: Triple = [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1];
  const of = (volume: Labels, foreground: number) =>
    surfaceOf(cutOut(volume, label, shape, low, box), box, axes, foreground);
  return { truth: of(truth, extent.truth), prediction: of(prediction, extent.prediction), box };
}

function isBothEmpty({ truth, prediction }: Extent): boolean {
  return truth === 0 && prediction === 0;
}

/** 1 where the volume has the label, over the box alone. */
function cutOut(volume: Labels, label: number, shape: Triple, low: Triple, box: Triple): Uint8Array {
  const cells = new Uint8Array(box[0] * box[1] * box[2]);
  let to = 0;
  for (let z = low[2]; z < low[2] + box[2]; z += 1)
    for (let y = low[1]; y < low[1] + box[1]; y += 1) {
      const row = (z * shape[1] + y) * shape[0] + low[0];
      for (let x = 0; x < box[0]; x += 1, to += 1) if (volume[row + x] === label) cells[to] = 1;
    }
  return cells;
}

/**
 * Flat indices of the surface voxels, ascending. What lies outside the box is background or outside the image: a
 * surface either way. Axes that the image does not have give no neighbours.
 */
function surfaceOf(cells: Uint8Array, box: Triple, axes: number, foreground: number): Int32Array {
  const found = new Int32Array(foreground);
  const [nx, ny, nz] = box;
  const plane = nx * ny;
  let count = 0;
  let at = 0;
  for (let z = 0; z < nz; z += 1)
    for (let y = 0; y < ny; y += 1)
      for (let x = 0; x < nx; x += 1, at += 1) {
        if (cells[at] === 0) continue;
        const inside =
          isInside(cells, at, x, nx, 1) &&
          (axes < 2 || isInside(cells, at, y, ny, nx)) &&
          (axes < 3 || isInside(cells, at, z, nz, plane));
        if (!inside) found[count++] = at;
      }
  return found.subarray(0, count);
}

/** Both neighbours along one axis are there and of the mask. */
function isInside(cells: Uint8Array, at: number, position: number, length: number, stride: number): boolean {
  return position > 0 && position < length - 1 && cells[at - stride] === 1 && cells[at + stride] === 1;
}

function scoreOf(
  extent: Extent,
  surfaces: Surfaces,
  grid: Grid,
  tolerancesMm: readonly number[],
): LabelScore {
  const bothEmpty = isBothEmpty(extent);
  const oneEmpty = !bothEmpty && (extent.truth === 0 || extent.prediction === 0);
  const voxelMm3 = product(grid.spacing);
  return {
    bothEmpty,
    values: {
      ...(bothEmpty ? { dice: 1, jaccard: 1, volume_similarity: 1 } : overlap(extent)),
      ...(bothEmpty ? agreed(1, 0, tolerancesMm) : {}),
      ...(oneEmpty ? agreed(0, diagonal(grid), tolerancesMm) : {}),
      ...(bothEmpty || oneEmpty ? {} : distances(surfaces, padded(grid.spacing), tolerancesMm)),
      truth_volume_mm3: extent.truth * voxelMm3,
      prediction_volume_mm3: extent.prediction * voxelMm3,
      truth_surface_voxels: surfaces.truth.length,
      prediction_surface_voxels: surfaces.prediction.length,
    },
  };
}

function product(values: readonly number[]): number {
  return values.reduce((all, value) => all * value, 1);
}

function overlap({ truth, prediction, both }: Extent): Record<string, number> {
  return {
    dice: (2 * both) / (truth + prediction),
    jaccard: both / (truth + prediction - both),
    volume_similarity: 1 - Math.abs(prediction - truth) / (truth + prediction),
  };
}

/** The longest distance that the image could hold. */
function diagonal({ shape, spacing }: Grid): number {
  const sides = shape.map((n, axis) => n * (spacing[axis] ?? 0));
  return Math.sqrt(sides.reduce((sum, side) => sum + side * side, 0));
}

/** What stands where there are no two surfaces to measure between. */
function agreed(nsd: number, distance: number, tolerancesMm: readonly number[]): Record<string, number> {
  return Object.fromEntries([
    ...distanceNames.map((name) => [name, distance] as const),
    ...tolerancesMm.map((tau) => [nsdName(tau), nsd] as const),
  ]);
}

/**
 * hd = the larger of both directions' maxima, hd95 of their 95th percentiles (as MONAI; medpy pools first);
 * assd = (sum of both) / (n_T + n_P), masd = mean of the two means; nsd_tau = share of all surface voxels within tau,
 * tau included (boundary voxels, as MONAI with use_subvoxels=False).
 */
function distances(
  { truth, prediction, box }: Surfaces,
  spacing: Triple,
  tolerancesMm: readonly number[],
): Record<string, number> {
  const fromTruth = roots(squaredDistances(prediction, truth, box, spacing));
  const fromPrediction = roots(squaredDistances(truth, prediction, box, spacing));
  const voxels = fromTruth.length + fromPrediction.length;
  const truthSum = sum(fromTruth);
  const predictionSum = sum(fromPrediction);
  const within = (tau: number) => countWithin(fromTruth, tau) + countWithin(fromPrediction, tau);
  const nsd = tolerancesMm.map((tau) => [nsdName(tau), within(tau) / voxels] as const);
  fromTruth.sort();
  fromPrediction.sort();
  return {
    hd_mm: Math.max(percentile(fromTruth, 1), percentile(fromPrediction, 1)),
    hd95_mm: Math.max(percentile(fromTruth, 0.95), percentile(fromPrediction, 0.95)),
    assd_mm: (truthSum + predictionSum) / voxels,
    masd_mm: (truthSum / fromTruth.length + predictionSum / fromPrediction.length) / 2,
    ...Object.fromEntries(nsd),
  };
}

/** In place: mm of mm². */
function roots(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i += 1) values[i] = Math.sqrt(values[i] ?? 0);
  return values;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function countWithin(values: Float64Array, tau: number): number {
  let count = 0;
  for (const value of values) if (value <= tau) count += 1;
  return count;
}

/** Of ascending values, at (n - 1) · share, linear between neighbours (numpy's default). */
function percentile(ascending: Float64Array, share: number): number {
  const position = (ascending.length - 1) * share;
  const below = Math.floor(position);
  const low = ascending[below] ?? 0;
  const high = ascending[below + 1] ?? low;
  return low + (high - low) * (position - below);
}
