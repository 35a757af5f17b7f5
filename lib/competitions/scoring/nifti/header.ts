import { Rejection } from "../errors";
import { type Affine, affineOf, type Placement } from "./affine";
import { type Datatype, datatypes, readInt64, refusedDatatypes } from "./datatypes";

/** The grid that a volume's voxels lie on. */
export interface Geometry {
  /** Voxels along each of 1 to 3 axes, the fastest first; trailing singletons are dropped. */
  readonly shape: readonly number[];
  /** In mm, one for each axis of `shape`: pixdim. */
  readonly spacing: readonly number[];
  readonly affine: Affine;
}

export interface NiftiHeader extends Geometry {
  /** NIfTI's code, such as 2 for uint8. */
  readonly datatype: number;
  readonly stored: Datatype;
  readonly little: boolean;
  /** The header's own length and where the voxels begin, in bytes from the file's beginning. */
  readonly length: number;
  readonly voxelOffset: number;
  readonly voxels: number;
  /** value = stored * slope + inter; 1 and 0 where the header asks for no scaling. */
  readonly slope: number;
  readonly inter: number;
}

/** 512 x 512 x 1024: beyond any mask of one patient, and what two volumes of two bytes a voxel cost 1 GiB for. */
const maxVoxels = 2 ** 28;
/** Extensions are skipped, not kept; DICOM headers and XML fit in by far. */
const maxExtensionBytes = 16 * 1024 * 1024;

const lengths = { one: 348, two: 540 } as const;
/** Both versions tell their length in the first four bytes. */
const shortestHeader = lengths.one;

/** As both versions carry them, before they are judged. */
interface RawHeader extends Placement {
  readonly magic: string;
  /** dim[0..7]. */
  readonly dim: readonly number[];
  /** pixdim[1..7]. */
  readonly spacing: readonly number[];
  readonly datatype: number;
  readonly bitsPerVoxel: number;
  readonly voxelOffset: number;
  readonly slope: number;
  readonly inter: number;
  readonly units: number;
}

/** Reads the fields of one version; the offsets are those of nifti1.h and nifti2.h. */
interface Layout {
  readonly length: number;
  readonly read: (view: DataView, little: boolean) => RawHeader;
}

const list = (count: number, at: (index: number) => number) => Array.from({ length: count }, (_, i) => at(i));

function text(view: DataView, at: number, length: number): string {
  return list(length, (i) => view.getUint8(at + i))
    .map((code) => String.fromCharCode(code))
    .join("");
}

const first: Layout = {
  length: lengths.one,
  read(view, little) {
    const int16 = (at: number) => view.getInt16(at, little);
    const float = (at: number) => view.getFloat32(at, little);
    return {
      magic: text(view, 344, 4),
      dim: list(8, (i) => int16(40 + 2 * i)),
      spacing: list(7, (i) => float(80 + 4 * i)),
      pixdim: [float(76), float(80), float(84), float(88)],
      datatype: int16(70),
      bitsPerVoxel: int16(72),
      voxelOffset: float(108),
      slope: float(112),
      inter: float(116),
      units: view.getUint8(123),
      qformCode: int16(252),
      sformCode: int16(254),
      quaternion: [float(256), float(260), float(264)],
      qoffset: [float(268), float(272), float(276)],
      srow: list(12, (i) => float(280 + 4 * i)),
    };
  },
};

const second: Layout = {
  length: lengths.two,
  read(view, little) {
    const int32 = (at: number) => view.getInt32(at, little);
    const int64 = (at: number) => readInt64(view, at, little);
    const float = (at: number) => view.getFloat64(at, little);
    return {
      magic: text(view, 4, 8),
      dim: list(8, (i) => int64(16 + 8 * i)),
      spacing: list(7, (i) => float(112 + 8 * i)),
      pixdim: [float(104), float(112), float(120), float(128)],
      datatype: view.getInt16(12, little),
      bitsPerVoxel: view.getInt16(14, little),
      voxelOffset: int64(168),
      slope: float(176),
      inter: float(184),
      units: int32(500),
      qformCode: int32(344),
      sformCode: int32(348),
      quaternion: [float(352), float(360), float(368)],
      qoffset: [float(376), float(384), float(392)],
      srow: list(12, (i) => float(400 + 8 * i)),
    };
  },
};

/** What one file is refused for. */
const refusal = (id: string, rule: string, sentence: string) => new Rejection(rule, { case: id }, sentence);

/**
 * The header of a single-file NIfTI-1 or NIfTI-2 volume, judged: what it returns can be read with bounded memory.
 *
 * `more(length)` gives the file's first `length` bytes; it is asked for 348 and, for NIfTI-2, for 540.
 * @throws Rejection `nifti-magic`, `nifti-detached`, `nifti-dimensions`, `nifti-datatype`, `nifti-offset`,
 *   `nifti-scaling`, `nifti-units`, `nifti-spacing` or `nifti-affine`, naming the case `id`; what `more` throws.
 */
export async function readHeader(
  more: (length: number) => Promise<Uint8Array>,
  id: string,
): Promise<NiftiHeader> {
  const start = viewOf(await more(shortestHeader));
  const { layout, little } = recognised(start, id);
  const view = layout.length > start.byteLength ? viewOf(await more(layout.length)) : start;
  return judged(layout.read(view, little), layout.length, little, id);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function recognised(view: DataView, id: string): { layout: Layout; little: boolean } {
  for (const layout of [first, second])
    for (const little of [true, false])
      if (view.getInt32(0, little) === layout.length) return { layout, little };
  throw refusal(id, "nifti-magic", "This is no NIfTI file: its first bytes are not a NIfTI header's length.");
}

function judged(raw: RawHeader, length: number, little: boolean, id: string): NiftiHeader {
  judgeMagic(raw.magic, length, id);
  const shape = shapeOf(raw.dim, id);
  const stored = datatypeOf(raw, id);
  judgeOffset(raw.voxelOffset, length, id);
  return {
    shape,
    spacing: spacingOf(raw, shape, id),
    affine: finiteAffine(raw, id),
    datatype: raw.datatype,
    stored,
    little,
    length,
    voxelOffset: raw.voxelOffset,
    voxels: shape.reduce((product, n) => product * n, 1),
    ...scalingOf(raw, id),
  };
}

function judgeMagic(magic: string, length: number, id: string): void {
  const version = length === lengths.one ? "1" : "2";
  const tail = version === "1" ? "\0" : "\0\r\n\x1a\n";
  if (magic === `n+${version}${tail}`) return;
  if (magic === `ni${version}${tail}`)
    throw refusal(
      id,
      "nifti-detached",
      "This is the header of a .hdr/.img pair: save the volume as one .nii file.",
    );
  throw refusal(id, "nifti-magic", `The magic bytes are not those of a single NIfTI-${version} file.`);
}

/** dim[1..dim[0]] without its trailing ones, of which a first axis stays. */
function shapeOf(dim: readonly number[], id: string): number[] {
  const axes = dim[0] ?? 0;
  if (!(axes >= 1 && axes <= 7))
    throw refusal(id, "nifti-dimensions", `The header says ${axes} dimensions: 1 to 7 are possible.`);
  const shape = dim.slice(1, 1 + axes);
  if (!shape.every((n) => n >= 1 && n <= maxVoxels))
    throw refusal(id, "nifti-dimensions", `The header says a shape of ${shape.join(" x ")}.`);
  while (shape.length > 1 && shape.at(-1) === 1) shape.pop();
  if (shape.length > 3)
    throw refusal(id, "nifti-dimensions", `A mask has 2 or 3 dimensions, this has ${shape.join(" x ")}.`);
  if (shape.reduce((product, n) => product * n, 1) > maxVoxels)
    throw refusal(id, "nifti-dimensions", `${shape.join(" x ")} voxels are more than ${maxVoxels}.`);
  return shape;
}

function datatypeOf({ datatype, bitsPerVoxel }: RawHeader, id: string): Datatype {
  const stored = datatypes.get(datatype);
  if (!stored) {
    const name = refusedDatatypes.get(datatype) ?? "unknown";
    throw refusal(
      id,
      "nifti-datatype",
      `The voxels' type is ${name} (${datatype}): masks are whole numbers.`,
    );
  }
  if (bitsPerVoxel !== 8 * stored.bytes)
    throw refusal(
      id,
      "nifti-datatype",
      `The header says ${bitsPerVoxel} bits a voxel, ${stored.name} has ${8 * stored.bytes}.`,
    );
  return stored;
}

/** Four bytes after the header tell whether extensions follow; single files have them always. */
function judgeOffset(offset: number, length: number, id: string): void {
  const least = length + 4;
  if (Number.isInteger(offset) && offset >= least && offset <= least + maxExtensionBytes) return;
  throw refusal(
    id,
    "nifti-offset",
    `The voxels begin at byte ${offset}: ${least} to ${least + maxExtensionBytes} are possible.`,
  );
}

/** Slope 0 means no scaling by the standard; NaN or Inf is what nibabel holds for "not set", and reads so. */
function scalingOf({ slope, inter }: RawHeader, id: string): { slope: number; inter: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, inter: 0 };
  if (!Number.isFinite(inter)) throw refusal(id, "nifti-scaling", `scl_inter is ${inter}.`);
  return { slope, inter };
}

const unitNames: ReadonlyMap<number, string> = new Map([
  [1, "metres"],
  [3, "micrometres"],
]);

/** Millimetres, said or (0) taken for granted: other units would make distances in mm mean something else. */
function spacingOf({ units, spacing }: RawHeader, shape: readonly number[], id: string): number[] {
  const unit = units & 7;
  if (unit !== 0 && unit !== 2)
    throw refusal(
      id,
      "nifti-units",
      `Lengths are in ${unitNames.get(unit) ?? "unknown units"}: save them in mm.`,
    );
  const kept = spacing.slice(0, shape.length);
  if (!kept.every((mm) => mm > 0 && Number.isFinite(mm)))
    throw refusal(id, "nifti-spacing", `The voxels' spacing (pixdim) is ${kept.join(" x ")}.`);
  return kept;
}

function finiteAffine(raw: RawHeader, id: string): Affine {
  const affine = affineOf(raw);
  if (affine.every((row) => row.every(Number.isFinite))) return affine;
  throw refusal(id, "nifti-affine", "The affine has an entry that is no finite number.");
}
