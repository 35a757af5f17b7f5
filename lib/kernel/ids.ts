import { createHash, randomBytes } from "node:crypto";
import type { IdPrefix } from "./id-patterns";

/** RFC 4648 base32 in lower case: safe in host names, dataset names and container names. */
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** One character for each byte, of its lower 5 bits. */
function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join("");
}

/** A public id such as `wsp_4f7k2m6q5tzaxw3e`: 80 random bits behind a prefix that names the kind. */
export function newPublicId<Prefix extends IdPrefix>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${base32(randomBytes(16))}`;
}

/** A public id that follows from `seed`: the same for the same thing, whoever asks and however often. */
export function derivedPublicId<Prefix extends IdPrefix>(
  prefix: Prefix,
  seed: string,
): `${Prefix}_${string}` {
  return `${prefix}_${base32(createHash("sha256").update(seed).digest().subarray(0, 16))}`;
}

/** A session's slug: 8 characters of lower-case base32, unique while its row exists. */
export function newSlug(): string {
  return base32(randomBytes(8));
}
