/** The first and the last byte that are wanted. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What `Range` asks for of a file of `bytes` (RFC 9110 §14): null for all of it, also where the header is no single range
 * of bytes, since a server may ignore it; "unsatisfiable" where it lies wholly beyond the end.
 */
export function rangeOf(header: string | null, bytes: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))$/.exec(header?.trim() ?? "");
  if (match === null) return null;
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), bytes);
    return length === 0 ? "unsatisfiable" : { first: bytes - length, last: bytes - 1 };
  }
  const first = Number(from);
  if (to !== undefined && Number(to) < first) return null;
  if (first >= bytes) return "unsatisfiable";
  return { first, last: Math.min(to === undefined ? bytes - 1 : Number(to), bytes - 1) };
}

/** Whether `If-None-Match` names this entity, or any (RFC 9110 §13.1.2). */
export function noneMatches(header: string | null, etag: string): boolean {
  if (header === null) return true;
  if (header.trim() === "*") return false;
  return !header.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
}
