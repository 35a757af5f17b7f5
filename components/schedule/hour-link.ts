import type { HourView } from "@/lib/schedule/hours-model";

/** Where an hour of a GPU can be bid on, given back or taken: its week, with it selected. */
function hourHref(week: string, { gpuId, slot }: { gpuId: string; slot: string }): string {
  return `/schedule/${week}?${new URLSearchParams({ gpu: gpuId, hour: slot })}`;
}

/** Where an hour that comes soon can be booked. */
export function reserveHref({ gpuId, slot }: { gpuId: string; slot: string }): string {
  return `/schedule/reserve?${new URLSearchParams({ gpu: gpuId, hour: slot })}`;
}

/** Where an hour can be had, as it can; null where it can't. */
export function offerHref(gpuId: string, { offer, week, slot }: HourView): string | null {
  if (offer === "book") return reserveHref({ gpuId, slot });
  return offer === null || week === null ? null : hourHref(week, { gpuId, slot });
}
