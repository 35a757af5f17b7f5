import type { WeekLayout } from "./hours";

/** A selection: numbers of slots, as `Week` counts them. */
export type Selection = ReadonlySet<number>;

export const nothing: Selection = new Set();

/** How far a drag reaches: all hours from one to the other, nights included; or the same hours of each day. */
export const shapes = ["through", "daily"] as const;
export type Shape = (typeof shapes)[number];

export interface Span {
  readonly anchor: number;
  readonly focus: number;
  readonly shape: Shape;
}

const ordered = (a: number, b: number): [number, number] => (a <= b ? [a, b] : [b, a]);

/** The slots that a drag from one to another covers, on every GPU between the two. */
export function slotsIn({ anchor, focus, shape }: Span, gpus: number, layout: WeekLayout): number[] {
  const [firstGpu, lastGpu] = ordered(anchor % gpus, focus % gpus);
  const [from, to] = [Math.floor(anchor / gpus), Math.floor(focus / gpus)];
  const hours = shape === "through" ? through(from, to) : daily(from, to, layout);
  return hours.flatMap((hour) =>
    Array.from({ length: lastGpu - firstGpu + 1 }, (_, more) => hour * gpus + firstGpu + more),
  );
}

function through(from: number, to: number): number[] {
  const [first, last] = ordered(from, to);
  return Array.from({ length: last - first + 1 }, (_, more) => first + more);
}

function daily(from: number, to: number, { days, places }: WeekLayout): number[] {
  const [a, b] = [places[from], places[to]];
  if (!a || !b) return [];
  const [firstDay, lastDay] = ordered(a.day, b.day);
  const [firstRow, lastRow] = ordered(a.row, b.row);
  return days
    .slice(firstDay, lastDay + 1)
    .flatMap(({ hours }) => hours.slice(firstRow, lastRow + 1))
    .filter((hour) => hour !== null);
}

/** The first slot of a selection that is one run of hours on one GPU; null for any other. */
export function runStart(selection: Selection, gpus: number): number | null {
  const [first, ...later] = [...selection].sort((a, b) => a - b);
  if (first === undefined) return null;
  return later.every((slot, place) => slot === first + (place + 1) * gpus) ? first : null;
}

export function toggled(selection: Selection, slot: number): Selection {
  const next = new Set(selection);
  if (!next.delete(slot)) next.add(slot);
  return next;
}

/** Where a selection is drawn within a day: GPUs and rows from … to, the last not included. */
export interface Patch {
  readonly gpus: readonly [number, number];
  readonly rows: readonly [number, number];
}

/** The fewest boxes that cover what is selected of a day, neighbours with the same rows together. */
export function patchesOf(
  selection: Selection,
  hours: readonly (number | null)[],
  gpus: number,
): readonly Patch[] {
  const patches: { gpus: [number, number]; rows: [number, number] }[] = [];
  for (let gpu = 0; gpu < gpus; gpu++) {
    const isIn = (row: number) => {
      const hour = hours[row];
      return hour !== null && hour !== undefined && selection.has(hour * gpus + gpu);
    };
    for (const rows of runs(hours.length, isIn)) {
      const left = patches.find(
        (patch) => patch.gpus[1] === gpu && patch.rows[0] === rows[0] && patch.rows[1] === rows[1],
      );
      if (left) left.gpus[1] = gpu + 1;
      else patches.push({ gpus: [gpu, gpu + 1], rows });
    }
  }
  return patches;
}

function runs(count: number, isIn: (row: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let row = 0; row < count; row++) {
    if (!isIn(row)) continue;
    const last = found.at(-1);
    if (last && last[1] === row) last[1] = row + 1;
    else found.push([row, row + 1]);
  }
  return found;
}

/** Where a key leads from a slot; null for keys that lead nowhere. Hours go on over midnight, GPUs over the day's edge. */
export function stepFrom(
  slot: number,
  key: string,
  wide: boolean,
  gpus: number,
  layout: WeekLayout,
): number | null {
  const [gpu, hour] = [slot % gpus, Math.floor(slot / gpus)];
  const at = (nextHour: number | null | undefined, nextGpu = gpu) =>
    nextHour === null || nextHour === undefined || nextHour < 0 || nextHour >= layout.places.length
      ? slot
      : nextHour * gpus + nextGpu;
  const place = layout.places[hour];
  if (!place) return null;
  const acrossDays = (days: number, nextGpu = gpu) =>
    at(nearest(layout, place.day + days, place.row), nextGpu);
  const ofDay = (layout.days[place.day]?.hours ?? []).filter((one) => one !== null);
  switch (key) {
    case "ArrowUp":
      return wide ? at(ofDay[0]) : at(hour - 1);
    case "ArrowDown":
      return wide ? at(ofDay.at(-1)) : at(hour + 1);
    case "ArrowLeft":
      if (wide) return acrossDays(-1);
      return gpu > 0 ? slot - 1 : acrossDays(-1, gpus - 1);
    case "ArrowRight":
      if (wide) return acrossDays(1);
      return gpu < gpus - 1 ? slot + 1 : acrossDays(1, 0);
    case "PageUp":
      return acrossDays(-1);
    case "PageDown":
      return acrossDays(1);
    case "Home":
      return wide ? at(0, 0) : at(ofDay[0]);
    case "End":
      return wide ? at(layout.places.length - 1, gpus - 1) : at(ofDay.at(-1));
    default:
      return null;
  }
}

/** The hour in a day's row, or the next one up where its clocks skip it. */
function nearest({ days }: WeekLayout, day: number, row: number): number | null {
  const hours = days[day]?.hours;
  if (!hours) return null;
  return hours[row] ?? hours[row - 1] ?? hours[row + 1] ?? null;
}
