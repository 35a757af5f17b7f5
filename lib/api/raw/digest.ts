import { AppError } from "@/lib/kernel/errors";

/**
 * The SHA-256, in hex, that the sender says the file has: `Repr-Digest` or `Content-Digest` (RFC 9530,
 * `sha-256=:<base64>:`), else `Digest` (RFC 3230, `sha-256=<base64>`). Undefined where none of them names a SHA-256.
 * @throws AppError `invalid` where one does, but is no SHA-256
 */
export function announcedDigest(headers: Headers): string | undefined {
  for (const name of ["repr-digest", "content-digest", "digest"]) {
    const value = /(?:^|,)\s*sha-256=([^,;\s]*)/i.exec(headers.get(name) ?? "")?.[1];
    if (value === undefined) continue;
    const base64 = name === "digest" ? value : /^:(.*):$/.exec(value)?.[1];
    const bytes = Buffer.from(base64 ?? "", "base64");
    if (bytes.byteLength === 32 && bytes.toString("base64") === base64) return bytes.toString("hex");
    throw new AppError("invalid", `${name} is no SHA-256 in base64 as that header has it.`);
  }
  return undefined;
}

/** A SHA-256 in hex as `Repr-Digest` has it. */
export function reprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`;
}
