import { randomBytes } from "node:crypto";
import { sha256Hex } from "./hashes";

/** 256 random bits: nothing to guess, so a fast hash at rest is enough. */
const secretBytes = 32;
/** `mf_` and five characters, to recognise a token by. */
const hintLength = 8;

export interface NewBearer {
  /** `mf_…`: told once, and kept nowhere. */
  readonly token: string;
  readonly secretHash: string;
  readonly hint: string;
}

/** The secret of a new token. */
export function newBearer(): NewBearer {
  const token = `mf_${randomBytes(secretBytes).toString("base64url")}`;
  return { token, secretHash: sha256Hex(token), hint: token.slice(0, hintLength) };
}
