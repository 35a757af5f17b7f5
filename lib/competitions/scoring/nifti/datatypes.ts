/** How one stored value is read: `view` at byte `at`, little-endian or not. */
type ReadValue = (view: DataView, at: number, little: boolean) => number;

export interface Datatype {
  readonly name: string;
  readonly bytes: number;
  readonly read: ReadValue;
}

const two32 = 2 ** 32;

/** Exact up to 2^53; what lies beyond rounds to a double that `Number.isSafeInteger` denies. */
export const readInt64: ReadValue = (view, at, little) =>
  view.getInt32(little ? at + 4 : at, little) * two32 + view.getUint32(little ? at : at + 4, little);

/** As `readInt64`, unsigned. */
const readUint64: ReadValue = (view, at, little) =>
  view.getUint32(little ? at + 4 : at, little) * two32 + view.getUint32(little ? at : at + 4, little);

/** The real scalar types of NIfTI by `datatype` code (nifti1.h, DT_*). */
export const datatypes: ReadonlyMap<number, Datatype> = new Map([
  [2, { name: "uint8", bytes: 1, read: (view, at) => view.getUint8(at) }],
  [4, { name: "int16", bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [8, { name: "int32", bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [16, { name: "float32", bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [64, { name: "float64", bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
  [256, { name: "int8", bytes: 1, read: (view, at) => view.getInt8(at) }],
  [512, { name: "uint16", bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [768, { name: "uint32", bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [1024, { name: "int64", bytes: 8, read: readInt64 }],
  [1280, { name: "uint64", bytes: 8, read: readUint64 }],
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
