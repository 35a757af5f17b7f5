import { expect, test } from "vitest";
import { isBackground, isUniform, LabelRoom } from "./label-array";

test("a room is all background each time, as long and as wide as it is asked for", () => {
  const room = new LabelRoom();
  for (const [voxels, declared] of [
    [6, 3],
    [6, 255],
    [6, 256],
    [4, 256],
    [6, 1],
  ] as const) {
    const labels = room.take(voxels, declared);
    expect([...labels]).toEqual(Array(voxels).fill(0));
    labels.fill(declared);
    expect([...labels]).toEqual(Array(voxels).fill(declared));
  }
});

test("one voxel in a stretch that is unlike the others is found wherever it is, and none beside the stretch", () => {
  for (const labels of [new Uint8Array(9), new Uint16Array(9)])
    for (let odd = 0; odd < 9; odd += 1) {
      labels.fill(0)[odd] = labels.BYTES_PER_ELEMENT === 1 ? 1 : 256;
      expect(isUniform(labels, 2, 7)).toBe(odd < 2 || odd >= 7);
      expect(isBackground(labels, 2, 7)).toBe(odd < 2 || odd >= 7);
      expect(isUniform(labels, odd, odd + 1)).toBe(true);
      expect(isBackground(labels, odd, odd + 1)).toBe(false);
    }
});
