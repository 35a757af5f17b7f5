import { endianness } from "node:os";

/** Stored values as the file has them; a double may round those of 64-bit integers. */
export type StoredValues =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Reads `bytes`, whole values, little-endian or not; may be a view of them. */
type ReadValues = (bytes: Uint8Array, little: boolean) => StoredValues;

export interface Datatype {
  readonly name: string;
  readonly bytes: number;
  readonly read: ReadValues;
}

/** How this machine keeps numbers. */
const isLittle = endianness() === "LE";

/** What typed arrays have, with nothing read one by one: a copy only where order or alignment asks for it. */
function values(
  View: { new (buffer: ArrayBufferLike, at: number, count: number): StoredValues },
  size: number,
): ReadValues {
  return (bytes, little) => {
    const isSwapped = size > 1 && little !== isLittle;
    const own = isSwapped || bytes.byteOffset % size !== 0 ? new Uint8Array(bytes) : bytes;
    if (isSwapped) swap(own, size);
    return new View(own.buffer, own.byteOffset, own.length / size);
  };
}

function swap(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
}

const two32 = 2 ** 32;

/** Exact up to 2^53; what lies beyond rounds to a double that `Number.isSafeInteger` denies. */
export function readInt64(view: DataView, at: number, little: boolean): number {
  return view.getInt32(little ? at + 4 : at, little) * two32 + view.getUint32(little ? at : at + 4, little);
}

/** As `readInt64`, unsigned. */
function readUint64(view: DataView, at: number, little: boolean): number {
  return view.getUint32(little ? at + 4 : at, little) * two32 + view.getUint32(little ? at : at + 4, little);
}

function rounded(read: typeof readInt64): ReadValues {
  return (bytes, little) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float64Array(bytes.length / 8);
    for (let i = 0; i < values.length; i += 1) values[i] = read(view, 8 * i, little);
    return values;
  };
}

/** The real scalar types of NIfTI by `datatype` code (nifti1.h, DT_*). */
export const datatypes: ReadonlyMap<number, Datatype> = new Map([
  [2, { name: "uint8", bytes: 1, read: values(Uint8Array, 1) }],
  [4, { name: "int16", bytes: 2, read: values(Int16Array, 2) }],
  [8, { name: "int32", bytes: 4, read: values(Int32Array, 4) }],
  [16, { name: "float32", bytes: 4, read: values(Float32Array, 4) }],
  [64, { name: "float64", bytes: 8, read: values(Float64Array, 8) }],
  [256, { name: "int8", bytes: 1, read: values(Int8Array, 1) }],
  [512, { name: "uint16", bytes: 2, read: values(Uint16Array, 2) }],
  [768, { name: "uint32", bytes: 4, read: values(Uint32Array, 4) }],
  [1024, { name: "int64", bytes: 8, read: rounded(readInt64) }],
  [1280, { name: "uint64", bytes: 8, read: rounded(readUint64) }],
]);

const sixtyFourBit: ReadonlySet<number> = new Set([1024, 1280]);

/** Of these a double may not hold every value. */
export function canBeUnsafe(datatype: number): boolean {
  return sixtyFourBit.has(datatype);
}

/** Types that NIfTI knows and that no mask has. */
export const refusedDatatypes: ReadonlyMap<number, string> = new Map([
  [1, "single bits"],
  [32, "complex64"],
  [128, "RGB"],
  [1536, "float128"],
  [1792, "complex128"],
  [2048, "complex256"],
  [2304, "RGBA"],
]);
