const bytesEach = 8;

/** Doubles in little-endian order, to the last bit; NaN for null. */
export function packReplicates(values: readonly (number | null)[]): Buffer {
  const packed = Buffer.alloc(values.length * bytesEach);
  for (const [index, value] of values.entries()) packed.writeDoubleLE(value ?? Number.NaN, index * bytesEach);
  return packed;
}

export function unpackReplicates(packed: Buffer): Float64Array {
  return Float64Array.from({ length: packed.length / bytesEach }, (_, index) =>
    packed.readDoubleLE(index * bytesEach),
  );
}
