import { AppError } from "@/lib/kernel/errors";

/**
 * The whole body, as long as it stays below the limit: it is never read further than that.
 * @throws AppError too_large
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body) {
    // Leaving the loop early cancels the stream.
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  }
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
