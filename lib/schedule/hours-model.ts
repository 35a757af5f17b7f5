import { z } from "zod";
import { gpuId } from "@/lib/fleet/model";
import { weekKey } from "./model";

const instant = z.iso.datetime();

/** Have it at once, outbid whoever leads it, or reserve it. */
const hourOffers = ["take", "bid", "book"] as const;
export type HourOffer = (typeof hourOffers)[number];

const hour = {
  /** Its first instant. */
  slot: instant,
  /** Who holds or leads it. */
  person: z.string().nullable(),
  /** How its reader can have it; null where they can't, or do. */
  offer: z.enum(hourOffers).nullable(),
  /** What taking it costs, or the bid that would lead, in whole credits. */
  price: z.number().int().nullable(),
  /** The week that it is in; null where none is scheduled yet. */
  week: weekKey.nullable(),
} as const;
const hourView = z.strictObject(hour);
export type HourView = z.output<typeof hourView>;

/** Where the hours of a GPU whose hours are sold stand for its reader. */
export const gpuHoursView = z.strictObject({
  gpuId,
  /** The hour that runs, and until when it goes on like that: with the same holder, or none. Null: for days. */
  present: z.strictObject({ ...hour, until: instant.nullable() }),
  /** The first hour to come that isn't its reader's, behind what they hold now; null where that is days away. */
  next: hourView.nullable(),
  /** When their next hour begins, where the present one isn't theirs. */
  mine: instant.nullable(),
});
export type GpuHoursView = z.output<typeof gpuHoursView>;
