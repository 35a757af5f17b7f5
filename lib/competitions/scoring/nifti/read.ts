import { Rejection } from "../errors";
import { ByteReader } from "./byte-reader";
import { canBeUnsafe, type StoredValues } from "./datatypes";
import { type NiftiHeader, readHeader } from "./header";
import { Allowance, type Bytes, plainBytes } from "./plain-bytes";

/**
 * Takes stored values, before scaling, in the order of the file (first axis fastest); `from` is the first's index. They
 * may be a view of what was read, and are the sink's only until it returns.
 */
export type VoxelSink = (stored: StoredValues, from: number) => void;

/**
 * Reads a single-file NIfTI-1 or NIfTI-2 volume, plain or gzipped, either endian, in one pass.
 *
 * `start` sees the header before a voxel is read: it may refuse it, and returns what takes the voxels. Memory: a few
 * chunks of 512 KiB besides what `start` allocates. Time: proportional to what the header promises, whatever follows.
 * @throws Rejection with a rule in `nifti-…`, naming the case `id`; what `source`, `start` and the sink throw.
 */
export async function readNifti(
  source: Bytes,
  id: string,
  start: (header: NiftiHeader) => VoxelSink,
): Promise<NiftiHeader> {
  const allowance = new Allowance(id);
  const chunks = plainBytes(source, allowance, id);
  try {
    const reader = new ByteReader(chunks);
    const header = await readHeader(headerBytes(reader, id), id);
    allowance.promise(header.voxelOffset + header.voxels * header.stored.bytes);
    const sink = start(header);
    await skipExtensions(reader, header, id);
    await readVoxels(reader, header, sink, id);
    if (await reader.some(1))
      throw new Rejection("nifti-trailing-data", { case: id }, "Bytes follow the last voxel.");
    return header;
  } finally {
    await chunks.return(undefined);
  }
}

function truncated(id: string, where: string): Rejection {
  return new Rejection("nifti-truncated", { case: id }, `The file ends within its ${where}.`);
}

/** Asked again for more, it keeps what it has. */
function headerBytes(reader: ByteReader, id: string): (length: number) => Promise<Uint8Array> {
  let known: Uint8Array = new Uint8Array(0);
  return async (length) => {
    const more = await reader.read(length - known.length);
    if (!more) throw truncated(id, "header");
    known = Buffer.concat([known, more]);
    return known;
  };
}

/**
 * Passes over the extensions between header and voxels, keeping none: their sizes must fit, what they hold is nobody's
 * business here. Without the extender's flag the room is padding.
 * @throws Rejection `nifti-extensions` where a size is impossible, `nifti-truncated`.
 */
async function skipExtensions(reader: ByteReader, header: NiftiHeader, id: string): Promise<void> {
  const extender = await reader.read(4);
  if (!extender) throw truncated(id, "header");
  let room = header.voxelOffset - header.length - 4;
  if (extender[0] !== 0) while (room >= 16) room -= await skipExtension(reader, room, header.little, id);
  await skip(reader, room, id);
}

/** esize, ecode, content: esize counts all three and is a multiple of 16. Gives esize. */
async function skipExtension(reader: ByteReader, room: number, little: boolean, id: string): Promise<number> {
  const start = await reader.read(8);
  if (!start) throw truncated(id, "extensions");
  const size = new DataView(start.buffer, start.byteOffset).getInt32(0, little);
  if (size < 16 || size % 16 !== 0 || size > room)
    throw new Rejection("nifti-extensions", { case: id }, `An extension of the header claims ${size} bytes.`);
  await skip(reader, size - 8, id);
  return size;
}

async function skip(reader: ByteReader, length: number, id: string): Promise<void> {
  if (!(await reader.each(length, () => undefined))) throw truncated(id, "extensions");
}

async function readVoxels(
  reader: ByteReader,
  header: NiftiHeader,
  sink: VoxelSink,
  id: string,
): Promise<void> {
  let from = 0;
  let carried: Uint8Array = new Uint8Array(0);
  const take = (piece: Uint8Array) => {
    const bytes = carried.length === 0 ? piece : Buffer.concat([carried, piece]);
    const whole = bytes.length - (bytes.length % header.stored.bytes);
    carried = bytes.subarray(whole);
    const values = header.stored.read(bytes.subarray(0, whole), header.little);
    if (canBeUnsafe(header.datatype)) judgeSafe(values, id);
    sink(values, from);
    from += values.length;
  };
  const isWhole = await reader.each(header.voxels * header.stored.bytes, take);
  if (!isWhole) throw truncated(id, "voxels");
}

function judgeSafe(values: StoredValues, id: string): void {
  if (values.every(Number.isSafeInteger)) return;
  throw new Rejection(
    "nifti-value-range",
    { case: id },
    "A 64-bit value lies beyond 2^53 and would be rounded.",
  );
}
