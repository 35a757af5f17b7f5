import type { StoredValues } from "./nifti/datatypes";

/** One number a voxel, first axis fastest: 0 is background, k the k-th declared label. Two bytes only for many labels. */
export type Labels = Uint8Array | Uint16Array;

/** Masks are long runs of one value: stretches of about so many voxels are looked at as a whole first. */
export const stretch = 4096;

/** Whether all values from `start` to before `end`, one at least, are the same bits: each is compared with the next by memcmp. */
export function isUniform(values: StoredValues, start: number, end: number): boolean {
  const size = values.BYTES_PER_ELEMENT;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return bytes.compare(bytes, (start + 1) * size, end * size, start * size, (end - 1) * size) === 0;
}

/** Whether no label has a voxel from `start` to before `end`, one at least. */
export function isBackground(labels: Labels, start: number, end: number): boolean {
  return labels[start] === 0 && isUniform(labels, start, end);
}
