/** Prefixes of public ids; numeric keys never leave the server. Pure, so that models and the browser may use it. */
export const idPrefixes = [
  "usr",
  "key",
  "tok",
  "gpu",
  "nod",
  "pck",
  "wsp",
  "snp",
  "opn",
  "ins",
  "evt",
  "ntc",
  "dat",
  "dsv",
  "cmp",
  "evl",
  "sub",
  "imp",
  "blk",
  "trf",
  "rsv",
  "mon",
] as const;

export type IdPrefix = (typeof idPrefixes)[number];

const base32 = "[a-z2-7]";

/** Matches exactly the public ids that `newPublicId(prefix)` makes. */
export function publicIdPattern(prefix: IdPrefix): RegExp {
  return new RegExp(`^${prefix}_${base32}{16}$`);
}

/** Matches exactly the slugs that `newSlug()` makes. */
export const slugPattern = new RegExp(`^${base32}{8}$`);

/** Of names that people choose: a line feed or an escape sequence in one could forge a line of a log or a terminal. */
export const noControlCharacters = /^\P{Cc}*$/u;
