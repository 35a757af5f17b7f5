/** Four rows of four: voxel index (i, j, k, 1) to millimetres in RAS+ (x to the right, y anterior, z superior). */
export type Affine = readonly (readonly number[])[];

/** What a header says of where its grid lies. */
export interface Placement {
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d of the unit quaternion. */
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  /** srow_x, srow_y, srow_z one after another: 12 numbers. */
  readonly srow: readonly number[];
  /** pixdim[0..3]; the first is qfac. */
  readonly pixdim: readonly [number, number, number, number];
}

const lastRow = [0, 0, 0, 1] as const;

/**
 * The standard's precedence (nifti1.h, "3D image orientation"): the sform where its code is above 0 (method 3),
 * else the qform where its code is (method 2), else spacing alone without an origin (method 1).
 */
export function affineOf(placement: Placement): Affine {
  if (placement.sformCode > 0) return fromRows(placement.srow);
  if (placement.qformCode > 0) return fromQuaternion(placement);
  const [, sx, sy, sz] = placement.pixdim;
  return [[sx, 0, 0, 0], [0, sy, 0, 0], [0, 0, sz, 0], lastRow];
}

function fromRows(srow: readonly number[]): Affine {
  return [srow.slice(0, 4), srow.slice(4, 8), srow.slice(8, 12), lastRow];
}

/**
 * R diag(sx, sy, qfac sz) with R of the unit quaternion a + bi + cj + dk, a = sqrt(1 - b² - c² - d²), and the offset.
 * Rounding can bring b² + c² + d² over 1: then a is 0 and the rest is normalised, as nifti_quatern_to_mat44 does.
 */
function fromQuaternion({ quaternion, qoffset, pixdim }: Placement): Affine {
  const [qfac, sx, sy, sz] = pixdim;
  const [a, b, c, d] = unit(quaternion);
  const zScale = qfac < 0 ? -sz : sz;
  return [
    [
      (a * a + b * b - c * c - d * d) * sx,
      (2 * b * c - 2 * a * d) * sy,
      (2 * b * d + 2 * a * c) * zScale,
      qoffset[0],
    ],
    [
      (2 * b * c + 2 * a * d) * sx,
      (a * a + c * c - b * b - d * d) * sy,
      (2 * c * d - 2 * a * b) * zScale,
      qoffset[1],
    ],
    [
      (2 * b * d - 2 * a * c) * sx,
      (2 * c * d + 2 * a * b) * sy,
      (a * a + d * d - c * c - b * b) * zScale,
      qoffset[2],
    ],
    lastRow,
  ];
}

function unit([b, c, d]: Placement["quaternion"]): [number, number, number, number] {
  const rest = 1 - (b * b + c * c + d * d);
  if (rest >= 1e-7) return [Math.sqrt(rest), b, c, d];
  const length = Math.sqrt(b * b + c * c + d * d);
  return [0, b / length, c / length, d / length];
}

const letters = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
] as const;

/**
 * Where the three voxel axes point, such as `LPS`: each axis takes the still free direction that its normalised
 * column is nearest to; `?` for a column of zeros.
 */
export function orientationOf(affine: Affine): string {
  const free = new Set([0, 1, 2]);
  return [0, 1, 2].map((axis) => letterOf(affine, axis, free)).join("");
}

function letterOf(affine: Affine, axis: number, free: Set<number>): string {
  let nearest = -1;
  let largest = 0;
  for (const row of free) {
    const size = Math.abs(affine[row]?.[axis] ?? 0);
    if (size > largest) {
      nearest = row;
      largest = size;
    }
  }
  free.delete(nearest);
  const pair = letters[nearest];
  return pair?.[(affine[nearest]?.[axis] ?? 0) > 0 ? 1 : 0] ?? "?";
}
