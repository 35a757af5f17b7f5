import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Affine } from "@/lib/competitions/scoring/nifti/affine";
import { readNifti } from "@/lib/competitions/scoring/nifti/read";

export type Triple = readonly [number, number, number];

/** One byte a voxel, first axis fastest. */
export interface Volume {
  readonly shape: Triple;
  readonly affine: Affine;
  readonly voxels: Uint8Array;
}

/** From the first voxel to before the last, along each axis. */
export interface Region {
  readonly from: Triple;
  readonly to: Triple;
}

export function valueAt({ shape, voxels }: Volume, x: number, y: number, z: number): number {
  const value = voxels[x + shape[0] * (y + shape[1] * z)];
  if (value === undefined) throw new RangeError(`There is no voxel ${x}, ${y}, ${z}.`);
  return value;
}

/**
 * Reads a volume of bytes.
 * @param sha256 of the file in hex: what is built of another one would not be what was looked at
 * @throws Error where the file is another, or has other voxels than bytes
 */
export async function readVolume(path: string, sha256: string): Promise<Volume> {
  const bytes = readFileSync(path);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sha256) throw new Error(`${path} is not the version that this was made for: ${digest}.`);
  let voxels = new Uint8Array(0);
  const source = async function* () {
    yield bytes;
  };
  const header = await readNifti(source(), path, (found) => {
    if (found.stored.name !== "uint8") throw new Error(`${path} has ${found.stored.name} voxels.`);
    voxels = new Uint8Array(found.voxels);
    return (stored, from) => voxels.set(stored, from);
  });
  const [x = 1, y = 1, z = 1] = header.shape;
  return { shape: [x, y, z], affine: header.affine, voxels };
}

/**
 * Cuts a region out; it lies where it lay in space.
 * @param value of what becomes of each voxel, by its place in the whole volume
 */
export function cut(
  volume: Volume,
  { from, to }: Region,
  value: (x: number, y: number, z: number) => number = (x, y, z) => valueAt(volume, x, y, z),
): Volume {
  const shape: Triple = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const voxels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  let place = 0;
  for (let z = from[2]; z < to[2]; z += 1)
    for (let y = from[1]; y < to[1]; y += 1)
      for (let x = from[0]; x < to[0]; x += 1) {
        voxels[place] = value(x, y, z);
        place += 1;
      }
  return { shape, affine: movedTo(volume.affine, from), voxels };
}

/** The affine by which the voxel `from` is the first. */
function movedTo(affine: Affine, from: Triple): Affine {
  return affine.map((row) => {
    const [a = 0, b = 0, c = 0, offset = 0] = row;
    return [a, b, c, a * from[0] + b * from[1] + c * from[2] + offset];
  });
}
