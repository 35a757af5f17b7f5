import { randomBytes } from "node:crypto";
import type { IdPrefix } from "./id-patterns";

/** RFC 4648 base32 in lower case: safe in host names, dataset names and container names. */
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** `length` random characters, 5 bits each. */
function randomBase32(length: number): string {
  let text = "";
  for (const byte of randomBytes(length)) text += alphabet.charAt(byte & 31);
  return text;
}

/** A public id such as `wsp_4f7k2m6q5tzaxw3e`: 80 random bits behind a prefix that names the kind. */
export function newPublicId<Prefix extends IdPrefix>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${randomBase32(16)}`;
}

/** A session's slug: 8 characters of lower-case base32, unique while its row exists. */
export function newSlug(): string {
  return randomBase32(8);
}
