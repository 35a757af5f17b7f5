import { describe, expect, it } from "vitest";
import { ellipsoidsOf, labelBy } from "./ellipsoids";
import { cut, type Region, type Volume, valueAt } from "./volume";

const region: Region = { from: [0, 0, 0], to: [30, 30, 30] };
const empty: Volume = {
  shape: [30, 30, 30],
  affine: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ],
  voxels: new Uint8Array(27_000),
};

/** Semi-axes 9 along the diagonal of x and y, 4 across it and 6 upwards. */
const isInside = (x: number, y: number, z: number) => {
  const [along, across] = [(x + y - 30) / Math.SQRT2, (x - y) / Math.SQRT2];
  return (along / 9) ** 2 + (across / 4) ** 2 + ((z - 14) / 6) ** 2 <= 1;
};
const labels = cut(empty, region, (x, y, z) => (isInside(x, y, z) ? 1 : 0));
const image = cut(empty, region, (x, y, z) => (isInside(x, y, z) ? 100 + ((x + y + z) % 5) : 30));

describe("ellipsoids", () => {
  const ellipsoids = ellipsoidsOf({ side: "left", image, labels }, region, 1);

  it("find a solid ellipsoid again, oblique as it is", () => {
    const found = cut(image, region, (x, y, z) => labelBy(ellipsoids, x, y, z, valueAt(image, x, y, z)));
    const count = (volume: Volume) => volume.voxels.reduce((sum, label) => sum + label, 0);
    const both = found.voxels.reduce((sum, label, index) => sum + label * (labels.voxels[index] ?? 0), 0);
    expect((2 * both) / (count(found) + count(labels))).toBeGreaterThan(0.97);
    expect(ellipsoids[0]?.centre.map((mean) => Math.round(mean))).toEqual([15, 15, 14]);
  });

  it("leave out what is dark, and what is far", () => {
    expect(labelBy(ellipsoids, 15, 15, 14, 102)).toBe(1);
    expect(labelBy(ellipsoids, 15, 15, 14, 30)).toBe(0);
    expect(labelBy(ellipsoids, 25, 5, 14, 102)).toBe(0);
  });

  it("give a voxel to the nearest of several", () => {
    const [one] = ellipsoids;
    const other = one && { ...one, centre: [17, 17, 14] as const };
    const both = one && other ? [one, other] : [];
    expect(labelBy(both, 15, 15, 14, 102)).toBe(1);
    expect(labelBy(both, 17, 17, 14, 102)).toBe(2);
  });
});
