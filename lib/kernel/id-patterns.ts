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

/**
 * Of names that nobody chose in the lab: a mark that turns the direction of what stands beside it, or a letter that can't be
 * seen, makes one person look like another in a table. Joiners that some languages write with are refused with them.
 */
export const visibleCharacters = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]*$/u;
