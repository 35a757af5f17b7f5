import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { openKept } from "@/lib/competitions/store/read";
import { required } from "@/lib/kernel/assert";
import { problem, problemResponse } from "../problem";
import { reprDigest } from "./digest";
import { type ByteRange, noneMatches, rangeOf } from "./ranges";
import type { RawCall } from "./route";

/** A file of the store as its row has it. */
export interface KeptFile {
  readonly path: string;
  /** What it is called when it is saved. */
  readonly filename: string;
  /** Null where no row has it: then its tag names it. */
  readonly sha256: string | null;
  /** Null where no row has it. */
  readonly bytes: number | null;
  /** Of what never changes under its name, and has no digest. */
  readonly tag?: string;
  /** A picture, to be shown in a page and kept as long as it likes: its address has its digest. */
  readonly shownAs?: `image/${string}`;
}

/** The length once more: Next drops the header that HTTP has for it, and the edge puts it back. */
const lengthHeader = "medforge-length";

/** Read from the disk at a time, in bytes. */
const chunkBytes = 256 * 1024;

/** RFC 6266: a name in plain ASCII, and the whole one for whoever knows how to read it. */
export function attachment(filename: string): string {
  const plain = filename.replace(/[^A-Za-z0-9 ._()+,=@-]/g, "_");
  const whole = encodeURIComponent(filename).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"${plain === filename ? "" : `; filename*=UTF-8''${whole}`}`;
}

/** What holds for the file however much of it is sent. */
function headersOf({ filename, sha256, shownAs }: KeptFile, etag: string): Headers {
  return new Headers({
    "accept-ranges": "bytes",
    // Whoever asks again is looked at again; what they have needs no second sending.
    "cache-control": `private, ${shownAs ? "max-age=31536000, immutable" : "no-cache"}, no-transform`,
    "content-disposition": shownAs ? "inline" : attachment(filename),
    "content-security-policy": "default-src 'none'; sandbox",
    "content-type": shownAs ?? "application/octet-stream",
    etag,
    ...(sha256 === null ? {} : { "repr-digest": reprDigest(sha256) }),
    "x-content-type-options": "nosniff",
  });
}

/**
 * The file, or the part of it that is asked for, read from the disk as the client takes it. Its digest is its entity tag, so
 * that a download which broke off goes on where it was.
 */
export async function fileResponse(file: KeptFile, { request, context }: RawCall): Promise<Response> {
  const etag = `"${file.sha256 ?? required(file.tag, `the tag of ${file.filename}`)}"`;
  const headers = headersOf(file, etag);
  if (!noneMatches(request.headers.get("if-none-match"), etag))
    return new Response(null, { status: 304, headers });
  const { handle, bytes } = await openKept(file.path, file.bytes);
  const range = request.method === "GET" ? wantedRange(request.headers, bytes, etag) : null;
  if (range === "unsatisfiable") {
    await handle.close();
    const detail = `The file has ${bytes} bytes, and none of them is in that range.`;
    const told = { headers: { "content-range": `bytes */${bytes}` } };
    return problemResponse(problem("range_not_satisfiable", detail, context.requestId, told));
  }
  const { first, last } = range ?? { first: 0, last: bytes - 1 };
  for (const name of ["content-length", lengthHeader]) headers.set(name, String(last - first + 1));
  if (range) headers.set("content-range", `bytes ${first}-${last}/${bytes}`);
  if (request.method === "HEAD" || last < first) {
    await handle.close();
    return new Response(null, { headers });
  }
  return new Response(bodyOf(handle, { first, last }), { status: range ? 206 : 200, headers });
}

/** A range of another file than the client has begun with is none: it gets the whole. */
function wantedRange(headers: Headers, bytes: number, etag: string): ByteRange | "unsatisfiable" | null {
  const condition = headers.get("if-range");
  if (condition !== null && condition.trim() !== etag) return null;
  return rangeOf(headers.get("range"), bytes);
}

function bodyOf(handle: FileHandle, { first, last }: ByteRange): ReadableStream {
  return Readable.toWeb(
    handle.createReadStream({ start: first, end: last, highWaterMark: chunkBytes }),
  ) as ReadableStream;
}
