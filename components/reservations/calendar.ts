import {
  type CellFace,
  type HourTable,
  type Look,
  oneOfEach,
  serviceTrouble,
  startNumbers,
  startsText,
} from "@/components/schedule/hour-table";
import { hourMs } from "@/lib/fleet/rules";
import type { BookingsView } from "@/lib/schedule/calendar-model";
import type { StartView } from "@/lib/schedule/model";
import type { ReservableGpu } from "@/lib/schedule/reservation-model";

/** A reservation's hours, numbered as the calendar's: below 0 and beyond its last for what isn't shown. */
export interface Block {
  readonly gpu: number;
  readonly from: number;
  /** The first that is not of it. */
  readonly to: number;
  readonly person: string;
  /** The reader's own; null for somebody else's. */
  readonly reservationId: string | null;
}

/** Days of bookings as their reader sees them. Slots are numbered as in every `HourTable`. */
export interface Calendar extends HourTable {
  readonly view: BookingsView;
  readonly gpus: readonly ReservableGpu[];
  /** Of each slot; null where it is nobody's. */
  readonly blocks: readonly (Block | null)[];
}

const known = oneOfEach<CellFace>();

const plain = {
  ...{ figure: null, name: null, initial: null },
  ...{ label: undefined, joined: false, starts: false },
} as const;

function faceOf(look: Look, more: Partial<CellFace> = {}): CellFace {
  return known({ look, ...plain, ...more });
}

const free = faceOf("nobody");
const closed = faceOf("closed");

/** @param planned what starts by itself */
export function calendarOf(view: BookingsView, planned: readonly StartView[] = []): Calendar {
  const { gpus, people, hours } = view;
  const firstMs = Date.parse(hours.first);
  const limit = Math.floor((Date.parse(view.bookableUntil) - firstMs) / hourMs);
  const slots = Array.from({ length: hours.count * gpus.length }, (_, slot) =>
    isOpen(gpus[slot % gpus.length]) && Math.floor(slot / gpus.length) < limit ? free : closed,
  );
  const blocks = Array<Block | null>(slots.length).fill(null);
  const calendar = { view, gpus, troubles: gpus.map(troubleOf), firstMs, slots, blocks };
  const starting = startNumbers(calendar, planned);
  for (const [gpu, from, count, place, reservationId] of view.blocks) {
    const block = { gpu, from, to: from + count, person: people[place] ?? "", reservationId };
    const first = Math.max(from, 0);
    for (let hour = first; hour < Math.min(block.to, hours.count); hour++) {
      const slot = hour * gpus.length + gpu;
      slots[slot] = bookedFace(block, hour > first, starting.has(slot));
      blocks[slot] = block;
    }
  }
  return calendar;
}

/** Whether more of it can be booked. */
function isOpen(gpu: ReservableGpu | undefined): boolean {
  return gpu?.state === "available" && gpu.present && gpu.mode === "reservation";
}

function troubleOf(gpu: ReservableGpu): string | null {
  return gpu.present ? serviceTrouble(gpu) : "Not found in its host";
}

/** What its slots are numbered by: hours and GPUs. With others the same numbers are other hours. */
export function numberingOf({ gpus, hours }: BookingsView): string {
  return [hours.first, ...gpus.map(({ id }) => id)].join();
}

/** A block is one box with its name at the top, of each day that it is in. */
function bookedFace({ person, reservationId }: Block, joined: boolean, starts: boolean): CellFace {
  const mine = reservationId !== null;
  const whose = mine ? "yours" : `${person}’s`;
  const label = starts ? `${whose}, ${startsText}` : whose;
  const head = mine ? { name: whose } : { name: person, initial: person.slice(0, 1).toUpperCase() };
  return faceOf(mine ? "mine" : "others", { label, starts, joined, ...head });
}
