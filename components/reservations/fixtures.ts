import { hourMs } from "@/lib/fleet/rules";
import type { BookedBlock, BookingsView } from "@/lib/schedule/calendar-model";
import type { ReservableGpu } from "@/lib/schedule/reservation-model";

/** A Saturday midnight in New York. */
const firstHour = "2026-12-05T05:00:00.000Z";

/** Milliseconds at so many hours after the calendar's first. */
export const hoursIn = (hours: number): number => Date.parse(firstHour) + hours * hourMs;

export const rsv = (name: string): string => `rsv_${name.padEnd(16, "a")}`;

/** A week of `gpus` GPUs at half a dollar an hour, of which six days can be booked. */
export function bookingsOf(
  part: { gpus?: number; gpu?: Partial<ReservableGpu>; blocks?: BookedBlock[] } & Partial<
    Omit<BookingsView, "gpus" | "blocks">
  > = {},
): BookingsView {
  const { gpus = 2, gpu = {}, ...rest } = part;
  return {
    now: new Date(hoursIn(3.5)).toISOString(),
    zone: "America/New_York",
    today: "2026-12-05",
    bookableUntil: new Date(hoursIn(144)).toISOString(),
    limits: { aheadDays: 5, maxHours: 6, maxOpen: 3, open: 1 },
    hours: { first: firstHour, count: 168 },
    people: ["ana", "ben"],
    blocks: [],
    ...rest,
    gpus: Array.from({ length: gpus }, (_, index) => ({
      id: `gpu_${index}`,
      index,
      node: "gpu1",
      model: "NVIDIA H100",
      memoryMiB: 81_559,
      mode: "reservation" as const,
      state: "available" as const,
      present: true,
      rate: { amount: "0.5", currency: "USD" as const },
      ...gpu,
    })),
  };
}
