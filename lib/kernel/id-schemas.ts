import { z } from "zod";
import { type IdPrefix, publicIdPattern, slugPattern } from "./id-patterns";

/** A public id as people and programs hand it in. */
export function publicId(prefix: IdPrefix) {
  return z.string().regex(publicIdPattern(prefix), `An id that begins with ${prefix}_.`);
}

export const slug = z.string().regex(slugPattern, "A session's name of eight letters and digits.");
