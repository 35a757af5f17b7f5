/** A NIfTI file as a test wants it; whatever is left out is a small plain uint8 volume. */
export interface NiftiFile {
  version?: 1 | 2;
  little?: boolean;
  /** dim[0..]: the number of axes is the first. */
  dim?: readonly number[];
  spacing?: readonly number[];
  datatype?: number;
  bits?: number;
  slope?: number;
  inter?: number;
  units?: number;
  qfac?: number;
  qformCode?: number;
  sformCode?: number;
  quaternion?: readonly number[];
  qoffset?: readonly number[];
  srow?: readonly number[];
  magic?: string;
  offset?: number;
  /** What lies between header and voxels: the extender's four bytes and what follows. */
  between?: Buffer;
  voxels?: Buffer;
}

/** Diagonal and offset as in most volumes. */
const plainRows = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

interface Writer {
  int16(value: number, at: number): void;
  int32(value: number, at: number): void;
  int64(value: number, at: number): void;
  float(value: number, at: number): void;
  double(value: number, at: number): void;
}

function writer(bytes: Buffer, little: boolean): Writer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    int16: (value, at) => view.setInt16(at, value, little),
    int32: (value, at) => view.setInt32(at, value, little),
    int64: (value, at) => view.setBigInt64(at, BigInt(value), little),
    float: (value, at) => view.setFloat32(at, value, little),
    double: (value, at) => view.setFloat64(at, value, little),
  };
}

const bitsOf: Readonly<Record<number, number>> = {
  2: 8,
  4: 16,
  8: 32,
  16: 32,
  64: 64,
  128: 24,
  256: 8,
  512: 16,
  768: 32,
  1024: 64,
  1280: 64,
};

function whole(file: NiftiFile): Required<NiftiFile> {
  const { version = 1, dim = [3, 2, 2, 2], datatype = 2, between = Buffer.alloc(4) } = file;
  const bits = file.bits ?? bitsOf[datatype] ?? 8;
  const count = dim.slice(1, 1 + (dim[0] ?? 0)).reduce((all, n) => all * n, 1);
  const plain: Required<NiftiFile> = {
    version,
    dim,
    datatype,
    bits,
    between,
    little: true,
    spacing: dim.slice(1).map(() => 1),
    slope: 0,
    inter: 0,
    units: 2,
    qfac: 1,
    qformCode: 0,
    sformCode: 1,
    quaternion: [0, 0, 0],
    qoffset: [0, 0, 0],
    srow: plainRows,
    magic: version === 1 ? "n+1\0" : "n+2\0\r\n\x1a\n",
    offset: (version === 1 ? 348 : 540) + between.length,
    voxels: Buffer.alloc(Math.min(Math.max((count * bits) / 8, 0), 4096)),
  };
  return { ...plain, ...file };
}

export function niftiFile(file: NiftiFile = {}): Buffer {
  const all = whole(file);
  const header = all.version === 1 ? firstHeader(all) : secondHeader(all);
  return Buffer.concat([header, all.between, all.voxels]);
}

function firstHeader(file: Required<NiftiFile>): Buffer {
  const bytes = Buffer.alloc(348);
  const { int16, int32, float } = writer(bytes, file.little);
  int32(348, 0);
  file.dim.forEach((n, i) => {
    int16(n, 40 + 2 * i);
  });
  int16(file.datatype, 70);
  int16(file.bits, 72);
  float(file.qfac, 76);
  file.spacing.forEach((mm, i) => {
    float(mm, 80 + 4 * i);
  });
  float(file.offset, 108);
  float(file.slope, 112);
  float(file.inter, 116);
  bytes.writeUInt8(file.units, 123);
  int16(file.qformCode, 252);
  int16(file.sformCode, 254);
  [...file.quaternion, ...file.qoffset, ...file.srow].forEach((value, i) => {
    float(value, 256 + 4 * i);
  });
  bytes.write(file.magic, 344, "latin1");
  return bytes;
}

function secondHeader(file: Required<NiftiFile>): Buffer {
  const bytes = Buffer.alloc(540);
  const { int16, int32, int64, double } = writer(bytes, file.little);
  int32(540, 0);
  bytes.write(file.magic, 4, "latin1");
  int16(file.datatype, 12);
  int16(file.bits, 14);
  file.dim.forEach((n, i) => {
    int64(n, 16 + 8 * i);
  });
  double(file.qfac, 104);
  file.spacing.forEach((mm, i) => {
    double(mm, 112 + 8 * i);
  });
  int64(file.offset, 168);
  double(file.slope, 176);
  double(file.inter, 184);
  int32(file.qformCode, 344);
  int32(file.sformCode, 348);
  [...file.quaternion, ...file.qoffset, ...file.srow].forEach((value, i) => {
    double(value, 352 + 8 * i);
  });
  int32(file.units, 500);
  return bytes;
}
