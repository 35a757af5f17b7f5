import { required } from "@/lib/kernel/assert";
import type { Hemisphere } from "./hemispheres";
import { type Region, type Triple, valueAt } from "./volume";

/** Where a structure lies and how bright it is: means and (co)variances over its voxels. */
export interface Ellipsoid {
  readonly centre: Triple;
  /** The inverse of the places' covariance, row by row. */
  readonly precision: readonly number[];
  readonly brightness: { readonly mean: number; readonly variance: number };
}

/** A solid ellipsoid's points lie within this squared distance of its centre, in units of their own covariance. */
const solid = 5;
/** Brightness within so many standard deviations, squared. */
const bright = 4;

/** For each of `count` structures the ellipsoid with the mean and covariance of its voxels in a region. */
export function ellipsoidsOf(
  { image, labels }: Hemisphere,
  { from, to }: Region,
  count: number,
): Ellipsoid[] {
  const sums = Array.from({ length: count }, () => new Float64Array(12));
  for (let z = from[2]; z < to[2]; z += 1)
    for (let y = from[1]; y < to[1]; y += 1)
      for (let x = from[0]; x < to[0]; x += 1) {
        const label = valueAt(labels, x, y, z);
        if (label > 0) add(required(sums[label - 1], "a structure"), x, y, z, valueAt(image, x, y, z));
      }
  return sums.map(ellipsoidOf);
}

/** Sums of 1, x, y, z, xx, xy, xz, yy, yz, zz, v, vv: whole numbers, and so exact. */
function add(sums: Float64Array, x: number, y: number, z: number, v: number): void {
  const terms = [1, x, y, z, x * x, x * y, x * z, y * y, y * z, z * z, v, v * v];
  for (const [place, term] of terms.entries()) sums[place] = (sums[place] ?? 0) + term;
}

function ellipsoidOf(sums: Float64Array): Ellipsoid {
  const [n = 0, ...rest] = sums;
  const [x = 0, y = 0, z = 0, xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0, v = 0, vv = 0] = rest.map(
    (sum) => sum / n,
  );
  return {
    centre: [x, y, z],
    precision: inverse([xx - x * x, xy - x * y, xz - x * z, yy - y * y, yz - y * z, zz - z * z]),
    brightness: { mean: v, variance: vv - v * v },
  };
}

/** Of a symmetric matrix, given by its upper triangle, by its adjugate. */
function inverse([a, b, c, d, e, f]: readonly [number, number, number, number, number, number]): number[] {
  const [A, B, C] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const [D, E, F] = [a * f - c * c, b * c - a * e, a * d - b * b];
  const determinant = a * A + b * B + c * C;
  return [A, B, C, B, D, E, C, E, F].map((entry) => entry / determinant);
}

/** The nearest of the ellipsoids that a voxel lies in and is as bright as, counted from 1; 0 for none. */
export function labelBy(
  ellipsoids: readonly Ellipsoid[],
  x: number,
  y: number,
  z: number,
  value: number,
): number {
  let label = 0;
  let nearest = solid;
  for (const [index, { centre, precision, brightness }] of ellipsoids.entries()) {
    const distance = squaredDistance([x - centre[0], y - centre[1], z - centre[2]], precision);
    const contrast = value - brightness.mean;
    if (distance > nearest || contrast * contrast > bright * brightness.variance) continue;
    label = index + 1;
    nearest = distance;
  }
  return label;
}

function squaredDistance(d: Triple, precision: readonly number[]): number {
  let total = 0;
  for (const [row, left] of d.entries())
    for (const [column, right] of d.entries()) total += left * right * (precision[3 * row + column] ?? 0);
  return total;
}
