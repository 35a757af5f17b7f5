import { createHash } from "node:crypto";
import { drawnBy } from "../scoring/bootstrap/resample";

const bytesEach = 8;

/** What stored resamples are of: a score, by its report's digest, and the way in which they were drawn. */
export function resamplesOf(reportDigest: string): string {
  return createHash("sha256").update(`${drawnBy}\n${reportDigest}`).digest("hex");
}

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
