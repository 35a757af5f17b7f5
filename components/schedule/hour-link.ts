/** Where an hour of a GPU can be bid on, given back or taken: its week, with it selected. */
export function hourHref(week: string, { gpuId, slot }: { gpuId: string; slot: string }): string {
  return `/schedule/${week}?${new URLSearchParams({ gpu: gpuId, hour: slot })}`;
}

/** Where an hour that comes soon can be booked. */
export function reserveHref({ gpuId, slot }: { gpuId: string; slot: string }): string {
  return `/schedule/reserve?${new URLSearchParams({ gpu: gpuId, hour: slot })}`;
}
