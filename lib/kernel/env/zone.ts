import { z } from "zod";

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    // Intl has no other way to ask: a RangeError is the answer "no".
    return false;
  }
}

/** IANA zone that the lab's people read times in and its weeks are counted in, e.g. Europe/Berlin. */
export const zoneSetting = z
  .string()
  .default("America/New_York")
  .refine(isZone, "Not an IANA time zone such as America/New_York.");
