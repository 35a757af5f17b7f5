import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";

const chunkBytes = 64 * 1024;

/**
 * Opens a zip that nobody has to be trusted for; names are left as bytes, and the file stays the caller's to close.
 * @throws what yauzl does where it is none; an error of the file system as it is
 */
export async function openBoundedZip(file: FileHandle): Promise<ZipFile> {
  const { size } = await file.stat();
  const options = { autoClose: false, decodeStrings: false };
  return fromRandomAccessReaderPromise(new BoundedReader(file, size), size, options);
}

/**
 * Reads inside the file's bounds only. yauzl's own reader passes offsets on from the archive to `fs.read`, which
 * throws for those beyond 2^53, where no promise catches it: 42 hostile bytes would end the process.
 */
class BoundedReader extends RandomAccessReader {
  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.fill(buffer, offset, length, position).then(
      // Out of the promise: what the callback throws must not look like a failed read.
      (error) => setImmediate(callback, error),
      (error) => setImmediate(callback, error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.range(start, end), { objectMode: false });
  }

  private async fill(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<Error | null> {
    const outside = new Error("The archive points outside itself.");
    if (!(position >= 0 && position + length <= this.size)) return outside;
    const { bytesRead } = await this.file.read(buffer, offset, length, position);
    return bytesRead === length ? null : outside;
  }

  private async *range(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const { bytesRead, buffer } = await this.file.read({
        buffer: Buffer.allocUnsafe(Math.min(chunkBytes, end - at)),
        position: at,
      });
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

/** Whether an entry is a packer's own note, which no person put there: a Mac adds one for each file. */
export function isPackersRemark(name: string): boolean {
  return /(^|\/)(__MACOSX(\/|$)|\._[^/]*$|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(name);
}
