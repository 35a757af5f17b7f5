import { size } from "@/lib/kernel/size";

/** Of a file that is taken whole, as it is sent; and of what it unpacks to. In bytes. */
export const mostBytes = { sent: 256 * 2 ** 20, unpacked: 512 * 2 ** 20 } as const;

/** Why something is not shown, in a sentence for people. */
export class NotShown extends Error {
  override readonly name = "NotShown";
}

async function asked(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new NotShown("The lab does not answer: look at the connection and try again.", { cause });
  });
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => null);
  const detail =
    typeof problem === "object" && problem !== null && "detail" in problem ? problem.detail : null;
  throw new NotShown(typeof detail === "string" ? detail : `The file was answered with ${response.status}.`);
}

/** A file as a whole. @throws NotShown where it is too large or does not come */
export async function wholeFile(
  path: string,
  bytes: number | null,
  signal: AbortSignal,
): Promise<Uint8Array> {
  assertRoom(bytes ?? 0, mostBytes.sent, "It has");
  const response = await asked(path, { signal });
  assertRoom(Number(response.headers.get("content-length") ?? 0), mostBytes.sent, "It has");
  return new Uint8Array(await response.arrayBuffer());
}

/** The first bytes of a file, and whether they are all of it. @throws NotShown */
export async function fileStart(
  path: string,
  { bytes, most }: { bytes: number; most: number },
  signal: AbortSignal,
): Promise<{ start: Uint8Array; isWhole: boolean }> {
  if (bytes === 0) return { start: new Uint8Array(), isWhole: true };
  const response = await asked(path, { signal, headers: { range: `bytes=0-${Math.min(most, bytes) - 1}` } });
  const start = new Uint8Array(await response.arrayBuffer());
  return { start, isWhole: start.byteLength >= bytes };
}

function assertRoom(bytes: number, most: number, what: string): void {
  if (bytes > most)
    throw new NotShown(
      `${what} ${size(bytes)}, and up to ${size(most)} are shown here. Download it instead.`,
    );
}

/** What a gzip holds, or the bytes themselves where they are none. @throws NotShown where that is too much or damaged */
export async function unpacked(bytes: Uint8Array): Promise<ArrayBuffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bufferOf(bytes);
  const stream = new Blob([bufferOf(bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new NotShown("It is no whole gzip file.", { cause });
    });
    if (done) break;
    length += value.byteLength;
    if (length > mostBytes.unpacked) {
      await reader.cancel();
      assertRoom(length, mostBytes.unpacked, "It unpacks to more than");
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}

/** Just these bytes, in a buffer of their own. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
