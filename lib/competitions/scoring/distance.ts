/** Three numbers, one for each axis, the fastest first. */
export type Triple = readonly [number, number, number];

/** Room for the lower envelope of one line's parabolas, reused over all lines of an axis. */
interface Envelope {
  /** Positions of the parabolas, left to right. */
  readonly apex: Int32Array;
  /** Squared distances at these. */
  readonly height: Float64Array;
  /** From where on each is the lowest. */
  readonly start: Float64Array;
}

/** Lines of cells that run side by side. */
interface Lines {
  /** Where the first of a line's cells lies, and how far apart they are. */
  readonly from: number;
  readonly stride: number;
  readonly cells: number;
  /** Between cells, in mm. */
  readonly mm: number;
}

/**
 * Squared Euclidean distance in mm² of cells of a box to the nearest feature cell, between cell centres.
 *
 *   D(p) = min over features q of sum over axes a of (s_a (p_a - q_a))²
 *
 * Exact: the minimum is over all features, and the sum of the chosen one is computed afresh, x then y then z. One axis
 * after another: along x the nearest feature of the row, along y and z the lower envelope of parabolas (Felzenszwalb
 * and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8, 2012). Cutting the box tight
 * around all features and all cells that are asked changes nothing: no intermediate value lies outside it.
 * Time O(cells), memory 8 bytes a cell, 12 a cell that is asked, and a plane.
 *
 * @param features Flat indices (x fastest) of the feature cells.
 * @param asked Those of the cells whose distance is wanted, ascending.
 * @param shape Cells along x, y, z.
 * @param spacing Of the cells, in mm, above 0.
 * @returns One value for each that is asked, in their order; all Infinity where there is no feature.
 */
export function squaredDistances(
  features: Int32Array,
  asked: Int32Array,
  shape: Triple,
  spacing: Triple,
): Float64Array {
  const [nx, ny, nz] = shape;
  const squared = new Float64Array(nx * ny * nz).fill(Number.POSITIVE_INFINITY);
  for (const at of features) squared[at] = 0;
  for (let row = 0; row < squared.length; row += nx) alongRow(squared, row, nx, spacing[0]);
  const envelope = roomFor(ny);
  for (let z = 0; z < nz; z += 1)
    alongColumns(squared, { from: z * nx * ny, stride: nx, cells: ny, mm: spacing[1] }, envelope);
  return alongPiles(squared, { from: 0, stride: nx * ny, cells: nz, mm: spacing[2] }, asked);
}

/** 0 at features and Infinity elsewhere become the squared distance within a row of `nx` cells. */
function alongRow(squared: Float64Array, first: number, nx: number, mm: number): void {
  let steps = Number.POSITIVE_INFINITY;
  for (let at = first; at < first + nx; at += 1) {
    steps = squared[at] === 0 ? 0 : steps + 1;
    squared[at] = steps;
  }
  for (let at = first + nx - 1; at >= first; at -= 1) {
    steps = Math.min(squared[at] ?? 0, steps + 1);
    const distance = steps * mm;
    squared[at] = distance * distance;
  }
}

/** Adds the second axis to all cells of a plane. */
function alongColumns(squared: Float64Array, lines: Lines, envelope: Envelope): void {
  const { from, stride, cells, mm } = lines;
  const { apex, height, start } = envelope;
  for (let first = from; first < from + stride; first += 1) {
    const parabolas = fill(envelope, squared, lines, first);
    if (parabolas === 0) continue;
    let k = 0;
    for (let y = 0; y < cells; y += 1) {
      while (k + 1 < parabolas && (start[k + 1] ?? 0) < y) k += 1;
      const distance = (y - (apex[k] ?? 0)) * mm;
      squared[first + y * stride] = (height[k] ?? 0) + distance * distance;
    }
  }
}

/** Adds the third axis, at the cells that are asked alone. */
function alongPiles(squared: Float64Array, lines: Lines, asked: Int32Array): Float64Array {
  const found = new Float64Array(asked.length).fill(Number.POSITIVE_INFINITY);
  const { order, ends } = byPile(asked, lines.stride);
  const envelope = roomFor(lines.cells);
  const { apex, height, start } = envelope;
  for (let pile = 0, next = 0; pile < ends.length; pile += 1) {
    const end = ends[pile] ?? 0;
    const parabolas = next === end ? 0 : fill(envelope, squared, lines, pile);
    if (parabolas === 0) next = end;
    for (let k = 0; next < end; next += 1) {
      const place = order[next] ?? 0;
      const z = ((asked[place] ?? 0) - pile) / lines.stride;
      while (k + 1 < parabolas && (start[k + 1] ?? 0) < z) k += 1;
      const distance = (z - (apex[k] ?? 0)) * lines.mm;
      found[place] = (height[k] ?? 0) + distance * distance;
    }
  }
  return found;
}

/** Places of cells, those that lie above each other together and in their order, and where each pile ends among them. */
function byPile(cells: Int32Array, plane: number): { order: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(plane);
  const order = new Int32Array(cells.length);
  for (const at of cells) ends[at % plane] = (ends[at % plane] ?? 0) + 1;
  for (let pile = 1; pile < plane; pile += 1) ends[pile] = (ends[pile] ?? 0) + (ends[pile - 1] ?? 0);
  const next = Int32Array.from(ends);
  for (let place = cells.length - 1; place >= 0; place -= 1) {
    const pile = (cells[place] ?? 0) % plane;
    const before = (next[pile] ?? 0) - 1;
    next[pile] = before;
    order[before] = place;
  }
  return { order, ends };
}

function roomFor(cells: number): Envelope {
  return { apex: new Int32Array(cells), height: new Float64Array(cells), start: new Float64Array(cells) };
}

/** Makes it that of the line which begins at `first`; gives how many parabolas of finite height it has. */
function fill(
  { apex, height, start }: Envelope,
  squared: Float64Array,
  { cells, stride, mm }: Lines,
  first: number,
): number {
  let last = -1;
  for (let q = 0; q < cells; q += 1) {
    const own = squared[first + q * stride] ?? 0;
    if (own === Number.POSITIVE_INFINITY) continue;
    let from = Number.NEGATIVE_INFINITY;
    while (last >= 0) {
      const v = apex[last] ?? 0;
      // Where both are equal: written around their middle, which loses fewer digits than the paper's form.
      from = (q + v) / 2 + (own - (height[last] ?? 0)) / (2 * mm * mm * (q - v));
      if (from > (start[last] ?? 0)) break;
      last -= 1;
      from = Number.NEGATIVE_INFINITY;
    }
    last += 1;
    apex[last] = q;
    height[last] = own;
    start[last] = from;
  }
  return last + 1;
}
