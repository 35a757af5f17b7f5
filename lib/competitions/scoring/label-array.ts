import type { StoredValues } from "./nifti/datatypes";

/** One number a voxel, first axis fastest: 0 is background, k the k-th declared label. Two bytes only for many labels. */
export type Labels = Uint8Array | Uint16Array;

/**
 * Room for the labels of one volume after another, mostly of as many voxels: new arrays of that size had V8 collect its
 * garbage twice as often.
 */
export class LabelRoom {
  private labels: Labels = new Uint8Array(0);

  /** All background. What was taken before is overwritten. */
  take(voxels: number, declared: number): Labels {
    const Wanted = declared < 2 ** 8 ? Uint8Array : Uint16Array;
    if (this.labels instanceof Wanted && this.labels.length === voxels) return this.labels.fill(0);
    // Given up first: two need not be held at once.
    this.labels = new Uint8Array(0);
    this.labels = new Wanted(voxels);
    return this.labels;
  }
}

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
