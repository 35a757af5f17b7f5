import { AppError } from "@/lib/kernel/errors";

/**
 * How much of a body beyond its limit is still read and thrown away, in bytes. A proxy that is cut off while it sends
 * loses the answer that says why; past this much the sender is beyond help.
 */
const discardedBytes = 4 * 1024 * 1024;

/**
 * The whole body, as long as it stays below the limit; no more than that is ever held in memory.
 * @throws AppError too_large
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body) {
    // Leaving the loop early cancels the stream.
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size <= maxBytes) chunks.push(chunk);
      else if (size > maxBytes + discardedBytes) break;
    }
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return new Uint8Array(Buffer.concat(chunks));
}

function tooLarge(maxBytes: number): AppError {
  return new AppError("too_large", `The request's body is larger than ${maxBytes} bytes.`);
}

/**
 * Makes sure a body is a JSON object; what is inside is the input schemas' matter. Anything else would be dropped
 * without a word where the path has parameters, too.
 * @throws AppError invalid
 */
export function checkJson(body: Uint8Array): void {
  const parsed = parse(body);
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return;
  throw new AppError("invalid", "The request's body must be a JSON object.");
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError("invalid", "The request's body is not valid JSON.", { cause });
  }
}
