import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { required } from "@/lib/kernel/assert";

/** Reads files and keeps the digest of just those bytes that were read: nothing can change in between. */
export class DigestedFiles {
  private readonly digests = new Map<string, string>();

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: 1 << 18 });
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    this.digests.set(path, hash.digest("hex"));
  }

  async text(path: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(path)) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }

  /** Of what somebody else has read. */
  async skim(path: string): Promise<void> {
    for await (const _ of this.read(path));
  }

  /** SHA-256 in hex of a file that was read to its end. */
  digest(path: string): string {
    return required(this.digests.get(path), `the digest of ${path}`);
  }
}

/**
 * One digest of several files by name and content: the SHA-256 of what `sha256sum` prints for them, sorted by name in
 * bytes. So `sha256sum truth_boxes.csv truth_images.csv | sha256sum` gives it, too.
 */
export function digestOfAll(digests: ReadonlyMap<string, string>): string {
  const names = [...digests.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = names.map((name) => `${digests.get(name)}  ${name}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}
