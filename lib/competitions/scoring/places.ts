import { at } from "./numbers";
import type { Table } from "./probabilities";
import type { Split } from "./task";
import type { Cases } from "./truth";

export function placesIn({ splits }: Pick<Cases, "splits">, split: Split): Int32Array {
  const places = new Int32Array(splits.length);
  let count = 0;
  for (let place = 0; place < splits.length; place++) if (splits[place] === split) places[count++] = place;
  return places.subarray(0, count);
}

export function pick(values: ArrayLike<number>, places: Int32Array): Float64Array {
  const picked = new Float64Array(places.length);
  for (let row = 0; row < places.length; row++) picked[row] = at(values, at(places, row));
  return picked;
}

export function pickAll<T>(values: readonly T[], places: Int32Array): T[] {
  const wanted = new Set(places);
  return values.filter((_, place) => wanted.has(place));
}

export function pickRows({ classes, cells }: Table, places: Int32Array): Table {
  const picked = new Float64Array(places.length * classes);
  for (let row = 0; row < places.length; row++)
    for (let k = 0; k < classes; k++) picked[row * classes + k] = at(cells, at(places, row) * classes + k);
  return { classes, cells: picked };
}
