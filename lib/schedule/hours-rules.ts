import type { GpuMode, GpuState } from "@/lib/fleet/model";
import { hourMs } from "@/lib/fleet/rules";
import type { GpuHoursView, HourView } from "./hours-model";
import type { WeekStatus } from "./model";
import { bidOn, gpuRefusal, phaseOf, type SlotFacts, takeOn, untouched } from "./slot-rules";

export interface KnownSlot extends SlotFacts {
  readonly startsAt: Date;
  readonly username: string | null;
}

export interface KnownWeek {
  readonly key: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly closesAt: Date;
  readonly status: WeekStatus;
}

interface Known {
  readonly mode: GpuMode;
  readonly state: GpuState;
  /** The GPU's, from the hour that runs to the horizon. */
  readonly slots: readonly KnownSlot[];
  /** Those that are scheduled; one at least. */
  readonly weeks: readonly KnownWeek[];
}

/** How far ahead it is looked. ms */
export const horizonMs = 48 * hourMs;

/** The slot at an instant; undefined for one that nobody ever had. */
function slotAt({ slots }: Known, at: number): KnownSlot | undefined {
  return slots.find(({ startsAt }) => startsAt.getTime() <= at && at < startsAt.getTime() + hourMs);
}

/** When the hour at an instant began: all weeks count their hours alike. */
function hourAt(known: Known, at: number): number {
  const slot = slotAt(known, at);
  if (slot) return slot.startsAt.getTime();
  const from = known.weeks[0]?.startsAt.getTime() ?? 0;
  return from + Math.floor((at - from) / hourMs) * hourMs;
}

type Offer = Pick<HourView, "offer" | "price">;
const none: Offer = { offer: null, price: null };

function offerOf(
  gpu: Pick<Known, "mode" | "state">,
  slot: SlotFacts,
  startsAt: Date,
  week: KnownWeek | undefined,
  reader: number,
  now: Date,
): Offer {
  if (gpu.mode === "reservation")
    return slot.userId === null && gpu.state === "available" ? { offer: "book", price: null } : none;
  if (!week) return none;
  const phase = phaseOf(startsAt, week, now);
  if (gpuRefusal(gpu, phase)) return none;
  const taken = takeOn(slot, reader, phase);
  if ("slot" in taken) return { offer: "take", price: taken.slot.price };
  const bid = bidOn(slot, reader, phase);
  return "slot" in bid ? { offer: "bid", price: bid.slot.price } : none;
}

function hourView(known: Known, begins: number, reader: number, now: Date): HourView {
  const slot = slotAt(known, begins);
  const week = known.weeks.find(
    ({ startsAt, endsAt }) => startsAt.getTime() <= begins && begins < endsAt.getTime(),
  );
  const startsAt = new Date(begins);
  return {
    slot: startsAt.toISOString(),
    person: slot?.username ?? null,
    week: week?.key ?? null,
    ...offerOf(known, slot ?? untouched, startsAt, week, reader, now),
  };
}

/** When hours that belong to whom the one at `begins` does, or like it to nobody, end; null beyond the horizon. */
function runEndOf(known: Known, begins: number, now: Date): number | null {
  const whose = slotAt(known, begins)?.userId ?? null;
  for (let at = begins + hourMs; at < now.getTime() + horizonMs; at += hourMs) {
    if ((slotAt(known, at)?.userId ?? null) !== whose) return at;
  }
  return null;
}

/** @param reader by internal id */
export function gpuHoursOf(known: Known, reader: number, now: Date): Pick<GpuHoursView, "present" | "next"> {
  const begins = hourAt(known, now.getTime());
  const until = runEndOf(known, begins, now);
  const isTheirs = slotAt(known, begins)?.userId === reader;
  const next = isTheirs ? until : begins + hourMs;
  return {
    present: {
      ...hourView(known, begins, reader, now),
      until: until === null ? null : new Date(until).toISOString(),
    },
    next: next === null ? null : hourView(known, next, reader, now),
  };
}
