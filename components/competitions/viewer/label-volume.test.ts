import { describe, expect, it } from "vitest";
import { classColour } from "./colours";
import { compared, labelled, type Voxels } from "./label-volume";

const voxels = (values: number[], more: Partial<Voxels> = {}): Voxels => ({
  values: Float32Array.from(values),
  slope: 1,
  intercept: 0,
  ml: 0.001,
  ...more,
});

describe("labelled", () => {
  it("gives each label a code, a colour, its name and its size", () => {
    const found = labelled(voxels([0, 2, 2, 2035, 0]), { "2": "putamen" });
    expect([...(found?.codes ?? [])]).toEqual([0, 1, 1, 2, 0]);
    expect(found?.legend).toEqual([
      { name: "putamen", colour: classColour(1), voxels: 2, ml: 0.002 },
      { name: "label 2035", colour: classColour(2034), voxels: 1, ml: 0.001 },
    ]);
  });

  it("gives a label the same colour whichever others the volume has", () => {
    const colours = (...values: number[]) =>
      new Map(labelled(voxels(values), {})?.legend.map(({ name, colour }) => [name, colour]));
    const [whole, part] = [colours(1, 2, 3, 40), colours(40, 2)];
    expect([...part]).toEqual([
      ["label 2", whole.get("label 2")],
      ["label 40", whole.get("label 40")],
    ]);
    expect(new Set([...whole.values()].map(String)).size).toBe(4);
  });

  it("reads scaled values, and takes nothing for labels that is none", () => {
    expect(labelled(voxels([0, 10], { slope: 0.1 }), {})?.legend[0]?.name).toBe("label 1");
    expect(labelled(voxels([0, 0.5]), {})).toBeNull();
    expect(labelled(voxels([-1]), {})).toBeNull();
    expect(labelled(voxels([Number.NaN]), {})).toBeNull();
    expect(labelled(voxels(Array.from({ length: 257 }, (_, place) => place)), {})).toBeNull();
  });
});

describe("compared", () => {
  const [truth, own] = [voxels([0, 1, 1, 2, 2, 0]), voxels([0, 1, 0, 1, 2, 2])];

  it("tells hit, miss, excess and confusion apart", () => {
    const found = compared(truth, own, null);
    expect([...(found?.codes ?? [])]).toEqual([0, 1, 2, 4, 1, 3]);
    expect(found?.legend.map(({ voxels: many }) => many)).toEqual([2, 1, 1, 1]);
  });

  it("looks at one label alone, where another one is nothing", () => {
    const found = compared(truth, own, 1);
    expect([...(found?.codes ?? [])]).toEqual([0, 1, 2, 3, 0, 0]);
    expect(found?.legend.map(({ voxels: many }) => many)).toEqual([1, 1, 1]);
  });

  it("compares nothing of two sizes", () => expect(compared(truth, voxels([1]), null)).toBeNull());
});

it("has colours without end, all of them in range", () => {
  const many = Array.from({ length: 60 }, (_, place) => classColour(place));
  expect(new Set(many.map(String)).size).toBe(60);
  expect(many.flat().every((channel) => channel >= 0 && channel <= 255)).toBe(true);
});
