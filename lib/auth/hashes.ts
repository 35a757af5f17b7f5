import { createHash } from "node:crypto";

/** SHA-256 in hex: what is stored of a secret that is random enough not to need a slow hash. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
