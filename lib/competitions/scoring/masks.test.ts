import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { scoreLabels } from "./masks";
import { expectedValue, isClose, referenceCases, referenceFolder } from "./testing/mask-reference";

const inputsSchema = z.object({
  shape: z.array(z.number()),
  spacing_mm: z.array(z.number()),
  labels: z.array(z.number()),
  tolerances_mm: z.array(z.number()),
  truth: z.array(z.number()),
  prediction: z.array(z.number()),
});

/** From [value, run length, …] to the positions of the values among the labels, from 1. */
function unpacked(runs: readonly number[], labels: readonly number[]): Uint16Array {
  const values: number[] = [];
  for (let i = 0; i < runs.length; i += 2)
    values.push(...Array<number>(runs[i + 1] ?? 0).fill(labels.indexOf(runs[i] ?? 0) + 1));
  return Uint16Array.from(values);
}

const folder = referenceFolder("metric-cases");
/** Other definitions, which the product does not offer. */
const notOurs = new Set(["hd95_pooled_mm", "volume_similarity_itk"]);

describe.skipIf(!folder)("reference cases", () => {
  for (const { id, inputs, expected } of folder ? referenceCases(folder, "seg-") : [])
    test(id, () => {
      const parsed = inputsSchema.parse(inputs);
      const { shape, labels } = parsed;
      const scores = scoreLabels(
        unpacked(parsed.truth, labels),
        unpacked(parsed.prediction, labels),
        { shape, spacing: parsed.spacing_mm },
        labels.length,
        parsed.tolerances_mm,
      );
      expect(scores).toHaveLength(1);
      const values = scores[0]?.values ?? {};
      const surfaces = [values.truth_surface_voxels, values.prediction_surface_voxels];
      const names = Object.keys(expected).filter((name) => !notOurs.has(name));
      expect(names.length).toBeGreaterThan(9);
      for (const name of names) {
        const { value, tol, recommended } = expectedValue(expected[name]);
        const actual = name === "surface_voxels" ? surfaces : values[name];
        expect(isClose(actual, value ?? recommended, tol ?? 1e-9), `${name}: ${actual}`).toBe(true);
      }
    });
});

const grid = { shape: [5, 4, 3], spacing: [0.7, 1.1, 2.5] };
const volume = fc
  .array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 })
  .map((values) => Uint16Array.from(values));

test("truth and prediction exchanged score the same", () => {
  const symmetric = ["dice", "jaccard", "volume_similarity", "hd_mm", "hd95_mm", "nsd_1", "nsd_2.5"];
  fc.assert(
    fc.property(volume, volume, (one, other) => {
      const there = scoreLabels(one, other, grid, 2, [1, 2.5]);
      const back = scoreLabels(other, one, grid, 2, [1, 2.5]);
      there.forEach(({ values }, index) => {
        const mirrored = back[index]?.values ?? {};
        for (const name of symmetric) expect(mirrored[name]).toBe(values[name]);
        // Two sums, added in the other order: the same double, since a + b = b + a.
        expect([mirrored.assd_mm, mirrored.masd_mm]).toEqual([values.assd_mm, values.masd_mm]);
      });
    }),
    { seed: 7, numRuns: 200 },
  );
});

test("a volume against itself is perfect, and its surface is where a neighbour is missing", () => {
  const solid = new Uint16Array(60).fill(1);
  const [score] = scoreLabels(solid, solid, grid, 1, [0]);
  expect(score?.values).toMatchObject({ dice: 1, jaccard: 1, hd_mm: 0, hd95_mm: 0, assd_mm: 0, nsd_0: 1 });
  // All but the 3 x 2 x 1 voxels inside.
  expect(score?.values.truth_surface_voxels).toBe(60 - 6);
});

test("in a plane four neighbours make the inside; a line has two", () => {
  const plane = new Uint16Array(20).fill(1);
  const [inPlane] = scoreLabels(plane, plane, { shape: [5, 4], spacing: [1, 1] }, 1, []);
  expect(inPlane?.values.truth_surface_voxels).toBe(20 - 6);
  const line = new Uint16Array(5).fill(1);
  const [inLine] = scoreLabels(line, line, { shape: [5], spacing: [2] }, 1, []);
  expect(inLine?.values).toMatchObject({ truth_surface_voxels: 2, truth_volume_mm3: 10 });
});

test("distances do not depend on how far the label's box reaches", () => {
  const far = { shape: [40, 30, 20], spacing: [0.7, 1.1, 2.5] };
  const [nx = 0, ny = 0] = far.shape;
  const at = (x: number, y: number, z: number) => (z * ny + y) * nx + x;
  const truth = new Uint16Array(24000);
  const prediction = new Uint16Array(24000);
  truth[at(1, 2, 3)] = 1;
  prediction[at(31, 22, 13)] = 1;
  const [score] = scoreLabels(truth, prediction, far, 1, [1]);
  expect(score?.values.hd_mm).toBeCloseTo(Math.hypot(30 * 0.7, 20 * 1.1, 10 * 2.5), 12);
});
