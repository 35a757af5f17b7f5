import { z } from "zod";
import { isZone, shiftsByWholeHours } from "../zone-names";

/** IANA zone that the lab's people read times in and its weeks are counted in, e.g. Europe/Berlin. */
export const zoneSetting = z
  .string()
  .default("America/New_York")
  .refine(isZone, { message: "Not an IANA time zone such as America/New_York.", abort: true })
  .refine(
    shiftsByWholeHours,
    "Its clocks change by less than an hour, so its weeks have no whole hours to sell. Choose another zone.",
  );
