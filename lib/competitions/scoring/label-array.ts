import type { StoredValues } from "./nifti/datatypes";

/** One number a voxel, first axis fastest: 0 is background, k the k-th declared label. Two bytes only for many labels. */
export type Labels = Uint8Array | Uint16Array;

/** Whether all values from `start` to before `end`, one at least, are the same bits: each is compared with the next by memcmp. */
export function isUniform(values: StoredValues, start: number, end: number): boolean {
  const size = values.BYTES_PER_ELEMENT;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return bytes.compare(bytes, (start + 1) * size, end * size, start * size, (end - 1) * size) === 0;
}
