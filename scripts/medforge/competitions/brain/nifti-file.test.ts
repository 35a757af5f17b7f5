import { describe, expect, it } from "vitest";
import { readNifti } from "@/lib/competitions/scoring/nifti/read";
import { niftiGz } from "./nifti-file";
import type { Volume } from "./volume";

describe("a written NIfTI file", () => {
  it("is read as it was, voxels, place and all", async () => {
    const volume: Volume = {
      shape: [3, 2, 2],
      affine: [
        [1, 0, 0, -90],
        [0, 1, 0, -45.5],
        [0, 0, 1, 7],
        [0, 0, 0, 1],
      ],
      voxels: Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]),
    };
    const read = new Uint8Array(12);
    const source = async function* () {
      yield niftiGz(volume);
    };
    const header = await readNifti(source(), "written", () => (stored, from) => read.set(stored, from));
    expect(header).toMatchObject({
      shape: [3, 2, 2],
      spacing: [1, 1, 1],
      affine: volume.affine,
      slope: 1,
      inter: 0,
      stored: { name: "uint8" },
    });
    expect(read).toEqual(volume.voxels);
  });
});
