import { deflateRawSync } from "node:zlib";
import { crc32 } from "../crc32";

/** One entry; what is left out is what an honest tool writes. */
export interface ZipEntry {
  name: string | Buffer;
  content: Buffer;
  /** 0 stored, 8 deflated. */
  method?: number;
  /** 1 says that it is encrypted. */
  flags?: number;
  crc?: number;
  /** As the table of contents claims it. */
  uncompressedSize?: number;
}

/** A zip (APPNOTE 6.3) of entries in the order given. */
export function zipFile(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const contents: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const method = entry.method ?? 8;
    const data = method === 8 ? deflateRawSync(entry.content) : entry.content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.flags ?? 0, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(entry.crc ?? crc32(entry.content, 0), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(entry.uncompressedSize ?? entry.content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    contents.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, offset, name);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, name, data);
    at += 30 + name.length + data.length;
  }
  return Buffer.concat([...parts, ...contents, end(entries.length, Buffer.concat(contents).length, at)]);
}

function end(entries: number, length: number, at: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.write("PK\x05\x06", 0, "latin1");
  bytes.writeUInt16LE(entries, 8);
  bytes.writeUInt16LE(entries, 10);
  bytes.writeUInt32LE(length, 12);
  bytes.writeUInt32LE(at, 16);
  return bytes;
}

/** Of 42 bytes: a zip64 whose table of contents lies `offset` bytes in. */
export function hollowZip64(offset: bigint): Buffer {
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", 0, "latin1");
  locator.writeBigUInt64LE(offset, 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([locator, end(0xffff, 0xffffffff, 0xffffffff)]);
}
