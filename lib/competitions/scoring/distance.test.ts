import fc from "fast-check";
import { expect, test } from "vitest";
import { squaredDistances, type Triple } from "./distance";

/** The definition, cell by cell and feature by feature. */
function byBruteForce(features: Int32Array, [nx, ny, nz]: Triple, [sx, sy, sz]: Triple): number[] {
  const position = (at: number): Triple => [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
  const squared = (cell: number, feature: number) => {
    const [px, py, pz] = position(cell);
    const [qx, qy, qz] = position(feature);
    const [dx, dy, dz] = [(px - qx) * sx, (py - qy) * sy, (pz - qz) * sz];
    return dx * dx + dy * dy + dz * dz;
  };
  return Array.from({ length: nx * ny * nz }, (_, cell) =>
    features.reduce((least, feature) => Math.min(least, squared(cell, feature)), Number.POSITIVE_INFINITY),
  );
}

const allOf = (cells: number) => Int32Array.from({ length: cells }, (_, at) => at);

test("is what brute force finds, on small volumes of uneven spacing", () => {
  const side = fc.integer({ min: 1, max: 9 });
  const mm = fc.double({ min: 0.05, max: 20, noNaN: true });
  const volume = fc
    .tuple(fc.tuple(side, side, side), fc.tuple(mm, mm, mm))
    .chain(([shape, spacing]) =>
      fc.tuple(
        fc.constant(shape),
        fc.constant(spacing),
        fc.uniqueArray(fc.nat(shape[0] * shape[1] * shape[2] - 1), { maxLength: 12 }),
      ),
    );
  fc.assert(
    fc.property(volume, ([shape, spacing, cells]) => {
      const features = Int32Array.from(cells);
      const expected = byBruteForce(features, shape, spacing);
      const found = squaredDistances(features, allOf(expected.length), shape, spacing);
      expect(found.length).toBe(expected.length);
      found.forEach((value, at) => {
        const wanted = expected[at] ?? Number.NaN;
        if (value !== wanted) expect(Math.abs(value / wanted - 1)).toBeLessThan(1e-12);
      });
      const some = allOf(expected.length).filter((at) => at % 3 === 0);
      expect(squaredDistances(features, some, shape, spacing)).toEqual(found.filter((_, at) => at % 3 === 0));
    }),
    { seed: 20120415, numRuns: 400 },
  );
});

test("without a feature all is infinitely far", () => {
  expect([...squaredDistances(new Int32Array(0), allOf(4), [2, 2, 1], [1, 1, 1])]).toEqual(
    Array(4).fill(Infinity),
  );
});

test("equal distances on a lattice are equal numbers, so that a tolerance met exactly is met", () => {
  const found = squaredDistances(Int32Array.of(0), allOf(64), [4, 4, 4], [0.9, 0.9, 1.7]);
  expect(Math.sqrt(found[1] ?? 0)).toBe(0.9);
  expect(Math.sqrt(found[4] ?? 0)).toBe(0.9);
  expect(Math.sqrt(found[16] ?? 0)).toBe(1.7);
});
