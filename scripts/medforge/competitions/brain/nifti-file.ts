import { gzipSync } from "fflate";
import type { Volume } from "./volume";

const headerBytes = 348;
/** The header and the four bytes that say that no extensions follow. */
const voxelOffset = headerBytes + 4;
/** nifti1.h: DT_UINT8, NIFTI_UNITS_MM, NIFTI_XFORM_ALIGNED_ANAT. */
const codes = { uint8: 2, millimetres: 2, aligned: 2 } as const;

/**
 * A volume as single-file NIfTI-1, little-endian, 1 mm apart, its place as sform; offsets are those of nifti1.h. Packed
 * by fflate: zlib's bytes differ between versions and processors.
 */
export function niftiGz({ shape, affine, voxels }: Volume): Uint8Array {
  const bytes = new Uint8Array(voxelOffset + voxels.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, headerBytes, true);
  for (const [axis, length] of [3, ...shape, 1, 1, 1, 1].entries())
    view.setInt16(40 + 2 * axis, length, true);
  view.setInt16(70, codes.uint8, true);
  view.setInt16(72, 8, true);
  for (let axis = 0; axis < 8; axis += 1) view.setFloat32(76 + 4 * axis, 1, true);
  view.setFloat32(108, voxelOffset, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, codes.millimetres);
  view.setInt16(254, codes.aligned, true);
  for (const [place, value] of affine.slice(0, 3).flat().entries())
    view.setFloat32(280 + 4 * place, value, true);
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  bytes.set(voxels, voxelOffset);
  return gzipSync(bytes, { level: 9, mtime: 0 });
}
