import { describe, expect, it } from "vitest";
import { hemisphere, slabsOf, splitOf } from "./hemispheres";
import { cut, type Region, type Triple, type Volume, valueAt } from "./volume";

const shape: Triple = [181, 4, 6];
const plane = [
  [1, 0, 0, -90],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** Whose voxels are their place on the first axis. */
const head: Volume = {
  shape,
  affine: plane,
  voxels: Uint8Array.from({ length: 181 * 4 * 6 }, (_, index) => index % 181),
};
/** A structure on the left (number 5) whose right one (6) is a voxel nearer to the middle. */
const atlas: Volume = {
  ...head,
  voxels: head.voxels.map((x) => (x === 80 ? 5 : x === 99 ? 6 : x === 98 ? 5 : 0)),
};

describe("hemispheres", () => {
  it("share no voxel of the head, and the right one is mirrored", () => {
    const [left, right] = (["left", "right"] as const).map(
      (side) => hemisphere(side, { head, atlas }, [{ name: "one", aalLeft: 5 }]).image,
    );
    const row = (volume: Volume | undefined) => [...(volume?.voxels.subarray(0, 90) ?? [])];
    expect(row(left)).toEqual(Array.from({ length: 90 }, (_, x) => x));
    expect(row(right)).toEqual(Array.from({ length: 90 }, (_, x) => 180 - x));
    expect(right?.affine).toEqual(left?.affine);
  });

  it("have their own side's structures alone", () => {
    const placesIn = (side: "left" | "right") => {
      const { labels } = hemisphere(side, { head, atlas }, [{ name: "one", aalLeft: 5 }]);
      return [...labels.voxels.subarray(0, 90).entries()].filter(([, label]) => label > 0);
    };
    expect(placesIn("left")).toEqual([[80, 1]]);
    expect(placesIn("right")).toEqual([[81, 1]]);
  });
});

describe("slabs", () => {
  const region: Region = { from: [10, 0, 1], to: [20, 4, 6] };

  it("share no voxel, and lie where they lay", () => {
    const slabs = slabsOf(region, 2, 2);
    expect(slabs).toEqual([
      { from: [10, 0, 1], to: [20, 4, 3] },
      { from: [10, 0, 3], to: [20, 4, 5] },
    ]);
    const [, second] = slabs.map((slab) => cut(head, slab));
    expect(second).toMatchObject({ shape: [10, 4, 2] });
    expect(second?.affine.map((row) => row[3])).toEqual([-80, 0, 3, 1]);
    expect(second && valueAt(second, 9, 3, 1)).toBe(19);
    expect(() => second && valueAt(second, 9, 3, 2)).toThrow("There is no voxel 9, 3, 2.");
  });

  it("a third of them is public", () => {
    expect([0, 1, 2, 3, 4, 5].map(splitOf).filter((split) => split === "public")).toHaveLength(2);
  });
});
