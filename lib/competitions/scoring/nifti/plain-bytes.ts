import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { isOutOfMemory, Rejection } from "../errors";

export type Bytes = AsyncIterable<Uint8Array>;

/** Before the header is known: enough for it, and for what a stream reads ahead. */
const beforeHeader = 4 * 1024 * 1024;
/** Each is a trip to another thread, which takes longer than to inflate 64 KiB of a mask. */
const inflatedChunk = 512 * 1024;

/**
 * How much of the file as it came may be taken. Deflate never needs more than what it holds and a little, so a
 * stream of empty blocks, which inflates to nothing for ever, is found by its length.
 */
export class Allowance {
  taken = 0;
  private most = beforeHeader;

  constructor(private readonly id: string) {}

  /** `plain` bytes are what the header promises. */
  promise(plain: number): void {
    this.most = plain + Math.ceil(plain / 100) + beforeHeader;
  }

  /** Judged before a piece is added: whole files may come as one. */
  take(bytes: number): void {
    const before = this.taken;
    this.taken += bytes;
    if (before <= this.most) return;
    throw new Rejection(
      "nifti-too-large",
      { case: this.id },
      "The file is larger than what its header says could ever need.",
    );
  }
}

/**
 * The file's content, inflated where it begins as gzip (RFC 1952; members may follow each other), with back-pressure:
 * no more is read or inflated than what is asked for and a chunk or two.
 * @throws Rejection `nifti-compression` (damaged, or ends early), `nifti-trailing-data` (after the gzip's end),
 *   `nifti-too-large`, when it gets there; what `source` throws.
 */
export async function* plainBytes(
  source: Bytes,
  allowance: Allowance,
  id: string,
): AsyncGenerator<Uint8Array> {
  const counted = count(source, allowance);
  const head = await firstBytes(counted);
  const whole = chain(head, counted);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* inflated(whole, allowance, id);
  else yield* whole;
}

async function* count(source: Bytes, allowance: Allowance): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    allowance.take(chunk.length);
    yield chunk;
  }
}

/** Two at least where there are two: chunks may be of any size. */
async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* inflated(
  source: AsyncGenerator<Uint8Array>,
  allowance: Allowance,
  id: string,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: inflatedChunk });
  // Its failure is also gunzip's, which the loop below throws.
  const feeding = pipeline(Readable.from(source), gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    throw asRejection(error, id);
  } finally {
    gunzip.destroy();
    await feeding;
  }
  // Node takes zeros after the end for padding and says nothing; other bytes fail above.
  if (gunzip.bytesWritten !== allowance.taken)
    throw new Rejection("nifti-trailing-data", { case: id }, "Bytes follow the end of the gzip stream.");
}

function asRejection(error: unknown, id: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("Z_") || isOutOfMemory(error)) return error;
  const reason = code === "Z_BUF_ERROR" ? "ends early" : "is damaged, or other bytes follow its end";
  return new Rejection("nifti-compression", { case: id }, `The gzip stream ${reason}.`);
}
